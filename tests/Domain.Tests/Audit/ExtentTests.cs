using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>Which period events cover, and how many clients were reset in it.</summary>
public sealed class ExtentTests
{
    /// <summary>In no order of time. The one in the middle begins first, the one at the end neither begins nor ends the
    /// period.</summary>
    private static readonly Recorded[] Records =
    [
        new Recorded("n1").At(5, Start).At(10, Reset(3)).Close(15, "read-only").At(20, Reset(4)).At(50, Start),
        new Recorded("n2").At(2, Start).At(20, Reset(5)).At(30, Start),
        new Recorded("n3").At(7, Start).At(40, Reset(6)),
    ];

    [Theory]
    [InlineData(null, null, 2, 50, "n1 n2 n3", 18)]
    [InlineData(20.0, null, 2, 50, "n1 n2 n3", 15)]
    [InlineData(20.5, null, 2, 50, "n1 n2 n3", 6)]
    [InlineData(null, 20.0, 2, 20, "n1 n2 n3", 12)]
    [InlineData(15.0, 30.0, 2, 30, "n1 n2 n3", 9)]
    [InlineData(null, 5.0, 2, 5, "n1 n2", 0)]
    public void Its_events_and_their_fold_cover_the_same_period(
        double? since, double? until, double first, double last, string nodes, long reset)
    {
        var extent = new Extent(Utc(since));
        var within = Records.SelectMany(record => record.All).Where(envelope => !(envelope.At.Utc > Utc(until)));
        Assert.Equal(within, extent.Watch(within));
        AssertThat(extent);

        var folds = Records.Select(record => FoldOf(record.All)).ToList();
        AssertThat(Extent.Of(
            folds.SelectMany(fold => fold.State.Spans),
            folds.SelectMany(fold => fold.Samples),
            Utc(since),
            Utc(until)));

        void AssertThat(Extent found)
        {
            Assert.Equal((Utc(first)!.Value, Utc(last)!.Value, reset), (found.First, found.Last, found.ClientsReset));
            Assert.Equal(nodes.Split(' '), found.Known.Keys.Order());
            Assert.All(found.Known, known => Assert.Equal(Begin(known.Key), known.Value));
        }
    }

    [Fact]
    public void A_record_that_begins_after_the_period_is_not_known_in_it() =>
        Assert.Empty(Extent.Of(Records.SelectMany(record => FoldOf(record.All).State.Spans), [], null, Utc(1)).Known);

    private static DaemonStarted Start => Started(null);

    private static ConnectionsReset Reset(int count) => new(1, count);

    private static DateTimeOffset Begin(string node) =>
        Records.SelectMany(record => record.All).First(envelope => envelope.Node == node).At.Utc;
}
