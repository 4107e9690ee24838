using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using static GaleraGate.Domain.Tests.Audit.Recorded;

namespace GaleraGate.Domain.Tests.Audit;

/// <summary>One node's record, folded in parts for <c>failovers</c> and <c>stats</c>.</summary>
public sealed class RecordFoldTests
{
    private static readonly Annotated Note = new(4, "alice", "the switch was replaced");

    /// <summary>A first start, a closure that ends, one that lasts; a note, and clients that were reset.</summary>
    private static readonly List<Envelope> Record = Open()
        .Close(10, "read-only").At(11, new ConnectionsReset(2, 7)).At(12, Note).At(20, new GateOpened("synced"))
        .Close(30, "non-primary").At(31, new DriftFound(Family.Ipv4, "-A X", true)).All;

    [Fact]
    public void The_closures_are_those_of_all_events()
    {
        var fold = FoldOf(Record);

        Assert.Equal(Failovers.Closures(Record), [.. fold.Ended, fold.State.Closures!.Fold.Lasting!]);
        Assert.Equal(["started", "read-only"], fold.Ended.Select(closure => closure.Reason));
    }

    [Fact]
    public void Samples_and_notes_are_kept_in_order_and_nothing_else_is()
    {
        var fold = FoldOf(Record);

        Assert.Equal(
            [SampleKind.Closed, SampleKind.Reset, SampleKind.Closed, SampleKind.Drift],
            fold.Samples.Select(sample => sample.Kind));
        Assert.Equal([Note], fold.Notes.Select(envelope => envelope.Event));
    }

    [Fact]
    public void A_record_can_be_folded_in_two_parts_wherever_it_is_cut()
    {
        var whole = FoldOf(Record);
        for (var cut = 0; cut <= Record.Count; cut++)
        {
            var first = FoldOf(Record.Take(cut));
            var second = FoldOf(Record.Skip(cut), first.State);

            Assert.Equal(whole.Ended, first.Ended.Concat(second.Ended));
            Assert.Equal(whole.Samples, first.Samples.Concat(second.Samples));
            Assert.Equal(whole.Notes, first.Notes.Concat(second.Notes));
            Assert.Equal(whole.State.Closures, second.State.Closures);
            Assert.Equal(whole.State.Spans, second.State.Spans);
        }
    }

    [Fact]
    public void Each_name_of_a_node_covers_its_earliest_to_its_latest_event_even_if_the_clock_was_set_back()
    {
        var (old, renamed) = (new Recorded("old"), new Recorded("new"));
        foreach (var second in new[] { 10, 5, 20, 15 })
        {
            _ = old.At(second, Note);
            _ = renamed.At(second + 100, Note);
        }

        var spans = FoldOf([.. old.All, .. renamed.All, .. old.All]).State.Spans;

        Assert.Equal(
            [
                new NodeSpan("old", Given.Second(5).Utc, Given.Second(20).Utc),
                new NodeSpan("new", Given.Second(105).Utc, Given.Second(120).Utc),
            ],
            spans);
    }
}
