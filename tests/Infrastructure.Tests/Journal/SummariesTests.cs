using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// The summaries stored next to sealed segments give what folding every event gives: closures, samples, and the state
/// at a time.
/// </summary>
public sealed class SummariesTests : IDisposable
{
    private const int Count = 3000;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-closures").FullName;

    public SummariesTests()
    {
        using var file = JournalFile.Open(_folder, 64 << 10);
        foreach (var batch in Enumerable.Range(1, Count).Select(Story).Chunk(7))
        {
            file.Append(batch);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Summaries_are_made_for_each_sealed_segment_and_change_no_answer()
    {
        var folded = Folded();
        Assert.Equal(folded, Read(out _));

        JournalKeeper.Compress(_folder, CancellationToken.None);

        var segments = Segment.Of(_folder);
        Assert.True(segments.Count > 4);
        Assert.All(segments.SkipLast(1), segment => Assert.True(File.Exists(Derived(segment))));
        Assert.False(File.Exists(Derived(segments[^1])));
        Assert.Equal(folded, Read(out _));
        // The stored summary is really what is read: a changed file changes the answer.
        var path = Derived(segments[1]);
        File.WriteAllText(path, File.ReadAllText(path).Replace("read-only", "told-here", StringComparison.Ordinal));
        Assert.Contains(Read(out _), closure => closure.Reason == "told-here");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_missing_or_torn_summary_is_not_needed_and_is_made_again(int which)
    {
        JournalKeeper.Compress(_folder, CancellationToken.None);
        var path = Derived(Segment.Of(_folder)[which]);
        var whole = File.ReadAllText(path);

        File.WriteAllText(path, whole[..(whole.Length / 2)]);
        Assert.Equal(Folded(), Read(out _));
        File.Delete(path);
        Assert.Equal(Folded(), Read(out _));
        JournalKeeper.Compress(_folder, CancellationToken.None);
        Assert.Equal(whole, File.ReadAllText(path));
    }

    [Fact]
    public void A_segment_edited_later_is_read_and_reported_and_its_file_has_no_summary()
    {
        JournalSummaries.Make(_folder, CancellationToken.None);
        var segment = Segment.Of(_folder)[1];
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(segment));
        File.WriteAllText(segment, text.Replace("read-only", "read-0nly", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(segment, Start.UtcDateTime);

        var closures = Read(out var problems);

        Assert.NotEqual(0, problems);
        Assert.Contains(closures, closure => closure is { Reason: "read-0nly", IsDoubtful: true });
        JournalSummaries.Make(_folder, CancellationToken.None);
        Assert.Null(SegmentSummary.Read(segment));
        Assert.Equal(closures, Read(out var again));
        Assert.Equal(problems, again);
        // Else the daemon would read the segment, and all after it, every minute.
        Assert.True(SegmentSummary.Has(segment));
    }

    /// <summary>The folds go on from it with what it says, and are made once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Summaries_after_an_edited_segment_are_what_folding_every_event_gives(int which)
    {
        var segment = Segment.Of(_folder)[which];
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(segment));
        File.WriteAllText(segment, text.Replace("read-only", "read-0nly", StringComparison.Ordinal));
        var folded = Folded();

        JournalSummaries.Make(_folder, CancellationToken.None);

        Assert.Equal(folded, Read(out _));
        var sealedOnes = Segment.Of(_folder).SkipLast(1).ToList();
        Assert.Equal(
            sealedOnes.Select(one => one != segment), sealedOnes.Select(one => SegmentSummary.Read(one) is not null));
        var made = sealedOnes.ConvertAll(one => File.GetLastWriteTimeUtc(Derived(one)));
        JournalSummaries.Make(_folder, CancellationToken.None);
        Assert.Equal(made, sealedOnes.ConvertAll(one => File.GetLastWriteTimeUtc(Derived(one))));
    }

    [Theory]
    [InlineData("summary")]
    [InlineData("states")]
    public void A_file_that_is_missing_is_made_again_and_the_others_stay(string kind)
    {
        JournalSummaries.Make(_folder, CancellationToken.None);
        var segments = Segment.Of(_folder);
        var text = File.ReadAllText(Derived(segments[1], kind));
        File.Delete(Derived(segments[1], kind));
        var other = File.GetLastWriteTimeUtc(Derived(segments[2], kind));

        JournalSummaries.Make(_folder, CancellationToken.None);

        Assert.Equal(text, File.ReadAllText(Derived(segments[1], kind)));
        Assert.Equal(other, File.GetLastWriteTimeUtc(Derived(segments[2], kind)));
    }

    /// <summary>Without its seal an end may be missing.</summary>
    [Fact]
    public void A_sealed_segment_without_its_seal_has_no_summary()
    {
        var segment = Segment.Of(_folder)[1];
        SmallJournal.CutSeal(segment);

        JournalSummaries.Make(_folder, CancellationToken.None);

        Assert.Null(SegmentSummary.Read(segment));
        Assert.NotNull(SegmentSummary.Read(Segment.Of(_folder)[2]));
    }

    [Fact]
    public void Making_them_can_be_cancelled()
    {
        Assert.Throws<OperationCanceledException>(
            () => JournalSummaries.Make(_folder, new CancellationToken(canceled: true)));

        Assert.False(SegmentSummary.Has(Segment.Of(_folder)[0]));
    }

    [Fact]
    public void A_journal_without_its_deleted_beginning_is_summarized_from_there()
    {
        JournalKeeper.Compress(_folder, CancellationToken.None);
        var all = Read(out _);
        var kept = new FileInfo(Segment.Of(_folder)[^1]).Length + 20_000;
        Assert.NotEmpty(
            JournalKeeper.Drop(_folder, new JournalRetention(kept, null), null, long.MaxValue, default).ToList());

        var first = Segment.FirstSeq(Segment.Of(_folder)[0]);
        Assert.Equal(all.Where(closure => closure.Seq >= first), Read(out _).Where(closure => closure.Seq >= first));
    }

    [Fact]
    public void Samples_equal_those_of_folding_every_event()
    {
        var fold = new RecordFold(RecordState.None);
        JournalReader.Events(_folder).ToList().ForEach(fold.Take);

        for (var made = 0; made < 2; made++)
        {
            var (samples, end) = JournalSummaries.Samples(_folder, _ => Assert.Fail());
            Assert.NotEmpty(samples);
            Assert.Equal(fold.Samples, samples);
            Assert.Equal(fold.State.Spans, end.Spans);
            Assert.Equal(fold.State with { Spans = end.Spans }, end);
            JournalKeeper.Compress(_folder, CancellationToken.None);
        }
    }

    /// <summary>A segment of several blocks, plain and compressed, and one that was edited.</summary>
    [Fact]
    public void The_state_at_a_time_is_read_from_the_block_before_and_is_complete()
    {
        const int Many = 12_000;
        var folder = Path.Combine(_folder, "large");
        using (var file = JournalFile.Open(folder, 3 << 19))
        {
            foreach (var batch in Enumerable.Range(1, Many).Select(Story).Chunk(500))
            {
                file.Append(batch);
            }
        }

        JournalKeeper.Compress(folder, CancellationToken.None);
        var segments = Segment.Of(folder);
        Assert.Equal([true, false, false], segments.Select(Segment.IsCompressed));
        Assert.Contains("\nblock ", File.ReadAllText(Derived(segments[0], "states")), StringComparison.Ordinal);
        var all = JournalReader.Events(folder).ToList();
        foreach (var seq in new[] { 1, 700, 3000, 5001, 6999, Many })
        {
            AgreeAt(seq);
        }

        var fromBlock = JournalReader.EventsFor(folder, At(5001).Utc).First(one => one.Seq > 1 && one.Seq % 5 == 1);
        Assert.True(fromBlock.Seq > 1000, $"begins at #{fromBlock.Seq}");
        File.SetLastWriteTimeUtc(segments[0], Start.UtcDateTime);
        AgreeAt(5001);
        Assert.Equal(1, JournalReader.EventsFor(folder, At(5001).Utc).First().Seq);

        void AgreeAt(int seq) => Assert.Equal(
            Standing(all.Take(seq)),
            Standing(JournalReader.EventsFor(folder, At(seq).Utc).TakeWhile(one => one.Seq <= seq)));

        static string Standing(IEnumerable<Envelope> events)
        {
            var standing = events.Aggregate(new Standing(), (standing, envelope) => standing.After(envelope));
            return $"{standing.Started} {standing.GateSince} {standing.GateEvent} {standing.Access.Refused}";
        }
    }

    /// <summary>Few events, each of a tenth of a block, so that the seal comes just after a full block.</summary>
    [Fact]
    public void Each_block_of_a_sealed_segment_has_the_events_that_still_matter_at_its_beginning()
    {
        var folder = Path.Combine(_folder, "blocks");
        using (var file = JournalFile.Open(folder, 3 * SegmentIndex.BlockBytes))
        {
            for (var seq = 1; seq <= 80; seq++)
            {
                file.Append([Large(seq)]);
            }
        }

        JournalKeeper.Compress(folder, CancellationToken.None);

        var events = JournalReader.Events(folder).ToList();
        foreach (var (segment, begins) in Segment.Of(folder).Zip([new long[] { 1, 12, 23 }, [34, 44, 54]]))
        {
            var blocks = SegmentIndex.Read(segment)!;
            Assert.Equal(begins, blocks.Select(block => block.FirstSeq));
            Assert.Null(SegmentStates.Before(segment, blocks[0]));
            foreach (var block in blocks.Skip(1))
            {
                var carry = new Carry<long>();
                events.Where(one => one.Seq < block.FirstSeq).ToList().ForEach(one => carry.Take(one, one.Seq));
                var matter = carry.Items.ToList();
                Assert.NotEmpty(matter);
                Assert.Equal(
                    matter, SegmentStates.Before(segment, block)!.Select(line => EventCodec.Read(line).Seq));
                var lines = JournalReader.LinesFor(folder, At((int)block.FirstSeq).Utc).ToList();
                Assert.Equal([.. matter, block.FirstSeq], lines.Take(matter.Count + 1).Select(Seq));
                Assert.All(lines, line => Assert.Null(line.Problem));
            }
        }

        var notes = events.Where(one => one.Event is Annotated).Select(one => one.Seq);
        Assert.Equal(notes, JournalSummaries.Notes(folder, _ => Assert.Fail()).Select(one => one.Seq));
    }

    private static long Seq(JournalLine line) => line.Envelope!.Seq;

    private static Envelope Large(int seq)
    {
        AuditEvent one = seq switch
        {
            1 or 15 => new HoldPlaced(seq == 1 ? Holds.Operator : Holds.Service, "alice", "upgrade"),
            25 => new HoldLifted(Holds.Operator, "alice"),
            _ => new Annotated(seq, "alice", new string('x', SegmentIndex.BlockBytes / 10)),
        };
        return new Envelope(seq, At(seq), "n1", one, null, null, null);
    }

    private List<Closure> Read(out int problems)
    {
        var found = 0;
        var (ended, end) = JournalSummaries.Closures(_folder, _ => found++);
        problems = found;
        return [.. ended, .. new[] { end!.Fold.Lasting }.OfType<Closure>()];
    }

    private IReadOnlyList<Closure> Folded() => Failovers.Closures(JournalReader.Events(_folder));

    private static string Derived(string segment, string kind = "summary") =>
        Path.Combine(Path.GetDirectoryName(segment)!, Path.GetFileName(segment)[..20] + "." + kind);

    /// <summary>Opens, closes, and opens again, with the events that a real gate has in between.</summary>
    internal static Envelope Story(int seq)
    {
        AuditEvent one = seq switch
        {
            1 => new DaemonStarted(
                "1", new Dictionary<string, string> { ["open-after"] = "1s" }, TimeSpan.Zero, TimeSpan.FromSeconds(5)),
            _ when seq % 5 == 2 => new GateOpening(3, TimeSpan.FromSeconds(seq % 3)),
            _ when seq % 5 == 3 => new GateOpened("synced"),
            _ when seq % 5 == 4 => new LeaseArmed(seq - 1, TimeSpan.FromSeconds(5)),
            _ when seq % 5 == 0 => new GateClosed("read-only", seq % 2 == 0, TimeSpan.FromSeconds(1), seq),
            _ => new ObservationHeld(seq, At(seq)),
        };
        return new Envelope(seq, At(seq), "n1", one, null, seq % 2 == 0 ? 7UL : null, null);
    }

    private static Instant At(int seq) => new(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b");
}
