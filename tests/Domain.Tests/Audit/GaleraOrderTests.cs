using System.Collections;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Tests.Audit;

public sealed class GaleraOrderTests
{
    [Theory]
    [InlineData(10.0, 7, 100, 5.0, 8, 100, "the view counts before the clock")]
    [InlineData(10.0, 7, 100, 5.0, 7, 101, "in one view what was committed counts before the clock")]
    [InlineData(5.0, 7, 100, 10.0, 7, 100, "if both are the same the clock counts")]
    [InlineData(5.0, null, 100, 10.0, 7, 1, "without a view the clock counts")]
    [InlineData(5.0, 8, null, 10.0, 8, 1, "without a commit the clock counts")]
    [InlineData(300.0, 7, 100, 0.0, 8, 1, "five minutes apart the view still counts")]
    [InlineData(0.0, 8, 100, 300.1, 7, 1, "more than five minutes apart the clock counts")]
    [InlineData(0.0, 50, 900, 3600.0, 1, 2, "an hour apart the clock counts: the cluster was bootstrapped again")]
    public void Events_are_ordered_by_view_then_seqno_then_clock(
        double first, int? view, int? committed, double second, int? laterView, int? laterCommitted, string because)
    {
        var (one, other) = (At("n1", 1, first, view, committed), At("n2", 1, second, laterView, laterCommitted));

        Assert.True(GaleraOrder.Compare(one, other) < 0 && GaleraOrder.Compare(other, one) > 0, because);
    }

    [Fact]
    public void A_cause_comes_before_its_effect_even_if_its_clock_is_ahead()
    {
        // n1's clock is 20 s ahead: it left in view 7, and n2 saw that as view 8.
        Envelope[] ahead = [At("n1", 1, 20, 7, 100), At("n1", 2, 21, 7, 100), At("n1", 3, 19, 7, 101)];
        Envelope[] behind = [At("n2", 1, 0, 7, 99), At("n2", 2, 1, 8, 101)];

        var merged = GaleraOrder
            .Merge([ahead, behind], envelope => envelope)
            .Select(envelope => $"{envelope.Node}#{envelope.Seq}");

        Assert.Equal(["n2#1", "n1#1", "n1#2", "n1#3", "n2#2"], merged);
    }

    [Fact]
    public void Merging_reads_at_most_one_item_ahead_in_each_stream()
    {
        IEnumerable<Envelope> Endless(string node)
        {
            for (var seq = 1; ; seq++)
            {
                yield return At(node, seq, seq, 7, seq);
            }
        }

        Assert.Equal(
            ["n1#1", "n2#1", "n1#2"],
            GaleraOrder
                .Merge([Endless("n1"), Endless("n2")], envelope => envelope)
                .Take(3)
                .Select(envelope => $"{envelope.Node}#{envelope.Seq}"));
        Assert.Empty(GaleraOrder.Merge(Array.Empty<IEnumerable<Envelope>>(), envelope => envelope));
    }

    [Fact]
    public void Clusters_are_merged_by_their_clocks_because_their_views_have_nothing_in_common()
    {
        Envelope[] old = [At("a1", 1, 0, 900, 70_000), At("a1", 2, 2, 901, 70_001)];
        Envelope[] young = [At("b1", 1, 1, 3, 12), At("b1", 2, 3, 4, 13)];

        Assert.Equal(
            ["a1#1", "b1#1", "a1#2", "b1#2"],
            GaleraOrder
                .MergeClusters([old, young], envelope => envelope)
                .Select(envelope => $"{envelope.Node}#{envelope.Seq}"));
    }

    [Fact]
    public void Of_equal_events_the_first_stream_comes_first_and_every_stream_is_read_to_its_end()
    {
        var streams = Enumerable.Range(1, 50)
            .Select(node => Enumerable.Range(1, 20).Select(seq => At($"n{node}", seq, seq, 7, seq)));

        Assert.Equal(
            Enumerable.Range(1, 20).SelectMany(seq => Enumerable.Range(1, 50).Select(node => $"n{node}#{seq}")),
            GaleraOrder
                .Merge(streams, envelope => envelope)
                .Select(envelope => $"{envelope.Node}#{envelope.Seq}"));
    }

    [Fact]
    public void Every_stream_is_closed_even_an_empty_one_and_even_if_its_reader_stops()
    {
        Counted[] streams = [new([]), new([At("n1", 1, 1, 7, 1)]), new([At("n2", 1, 2, 7, 2), At("n2", 2, 3, 7, 3)])];

        _ = GaleraOrder.Merge(streams, envelope => envelope).Skip(1).First();

        Assert.All(streams, stream => Assert.Equal(1, stream.Closed));
    }

    private static Envelope At(string node, long seq, double second, int? view, int? committed) =>
        new(seq, Given.Second(second, node), node, new GateStayedOpen(), null, (ulong?)view, (ulong?)committed);

    /// <summary>Events that are read once; it counts how often the reader closed them.</summary>
    private sealed class Counted(List<Envelope> events) : IEnumerable<Envelope>, IEnumerator<Envelope>
    {
        private int _at = -1;

        public int Closed { get; private set; }

        public Envelope Current => events[_at];

        object IEnumerator.Current => Current;

        public bool MoveNext() => ++_at < events.Count;

        public void Dispose() => Closed++;

        public void Reset() => throw new NotSupportedException();

        public IEnumerator<Envelope> GetEnumerator() => this;

        IEnumerator IEnumerable.GetEnumerator() => this;
    }
}
