using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// A journal of many segments: sealed, compressed, searched, dropped, interrupted at every step, and tampered with.
/// </summary>
public sealed class SegmentTests : IDisposable
{
    private const long Small = 64 << 10;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-segments").FullName;

    private string Folder => Path.Combine(_root, "journal");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Full_segments_are_sealed_and_the_chain_continues_even_when_compressed()
    {
        Write(1, 3000);
        var segments = Segment.Of(Folder);
        Assert.InRange(segments.Count, 5, 100);
        Assert.Equal(Enumerable.Range(1, 3000), Seqs(JournalFilter.All));
        Assert.Equal((3000, 3000, null), Proof());

        Keep();
        Assert.All(Segment.Of(Folder).SkipLast(2), segment => Assert.True(Segment.IsCompressed(segment)));
        Assert.False(Segment.IsCompressed(Segment.Of(Folder)[^2]));
        Assert.Equal((3000, 3000, null), Proof());
        Assert.Equal(Enumerable.Range(1, 3000), Seqs(JournalFilter.All));

        Write(3001, 10);
        Assert.Equal((3010, 3010, null), Proof());

        // gzip itself restores what was written.
        var text = Shell.Run("zcat", [Segment.Of(Folder)[0]]);
        Assert.StartsWith("{\"seq\":1,", text, StringComparison.Ordinal);
        Assert.Contains("\n{\"seal\":{\"events\":", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_search_finds_the_same_with_and_without_an_index(
        bool withoutIndex)
    {
        Write(1, 3000);
        Keep();
        if (withoutIndex)
        {
            Directory.GetFiles(Folder, "*.index").ToList().ForEach(File.Delete);
        }

        var all = JournalReader.Events(Folder).ToList();
        foreach (var filter in new[]
        {
            new JournalFilter { From = 1234 },
            new JournalFilter { Since = Start.AddSeconds(700), Until = Start.AddSeconds(702) },
            new JournalFilter { Until = Start.AddSeconds(3) },
            new JournalFilter { Since = Start.AddSeconds(2999) },
            new JournalFilter { Types = new HashSet<string> { "VerdictChanged" } },
            new JournalFilter { From = 99_999 },
            new JournalFilter
            {
                From = 2000,
                Since = Start.AddSeconds(100),
                Types = new HashSet<string> { "GateOpened" },
            },
        })
        {
            Assert.Equal(all.Where(filter.Wants).Select(envelope => (int)envelope.Seq), Seqs(filter));
        }

        Assert.Equal(
            JournalReader.Lines(Folder, JournalFilter.All).First(line => line.Envelope!.Seq == 1700).Hash,
            JournalReader.HashAt(Folder, 1700));
        Assert.Null(JournalReader.HashAt(Folder, 3001));
    }

    [Fact]
    public void An_index_that_does_not_match_its_file_is_ignored()
    {
        Write(1, 3000);
        Keep();
        var index = Directory.GetFiles(Folder, "*.index").Order(StringComparer.Ordinal).First();
        File.WriteAllText(
            index,
            File.ReadAllText(index).Replace("galeragate index 1 ", "galeragate index 1 9", StringComparison.Ordinal));

        Assert.Equal(Enumerable.Range(1, 3000), Seqs(JournalFilter.All));
    }

    [Fact]
    public void The_state_folds_from_carried_events_whatever_was_deleted()
    {
        var whole = Story(3000).Aggregate(new GateState(), GateDecider.Evolve);
        Write(Story(3000));
        Keep();
        var before = Segment.Of(Folder).Count;

        var dropped = Drop(new JournalRetention(3 * Small, null));

        Assert.InRange(dropped.Count, 1, before - 2);
        Assert.Equal(dropped[^1].Last + 1, Segment.FirstSeq(Segment.Of(Folder)[0]));
        Assert.Equal(whole, Folded(null));
        Assert.Equal(whole, Folded(DateTimeOffset.MaxValue));
        Assert.Null(JournalVerifier.Verify(Folder).Problem);
        Assert.Equal(Directory.GetFiles(Folder, "*.carry").Length, Segment.Of(Folder).Count);
    }

    [Fact]
    public void A_segment_is_not_deleted_before_it_is_archived_except_past_the_hard_cap()
    {
        Write(1, 3000);
        Keep();
        var (segments, total) = (Segment.Of(Folder), Directory.GetFiles(Folder).Sum(file => new FileInfo(file).Length));
        JournalRetention tight = new(total * 3 / 4, null);

        Assert.Empty(Drop(tight, shipped: 0));
        var shipped = Assert.Single(Drop(tight, shipped: Segment.FirstSeq(segments[1]) - 1));
        Assert.Equal((1, Segment.FirstSeq(segments[1]) - 1, false), (shipped.First, shipped.Last, shipped.Unshipped));

        var lost = Drop(new JournalRetention(total / 4, null), shipped: 0);
        Assert.NotEmpty(lost);
        Assert.All(lost, segment => Assert.True(segment.Unshipped));
    }

    /// <summary>A crash between any two steps of a change to the next segment, and of a compression.</summary>
    [Theory]
    [InlineData("the seal is there, the next segment is not")]
    [InlineData("the seal is torn")]
    [InlineData("what is carried is there, the next segment is not")]
    [InlineData("the next segment is empty")]
    [InlineData("the first line of the next segment is torn")]
    [InlineData("its first line is torn, and an older version wrote what is carried")]
    [InlineData("its first line is torn, and what is carried is gone")]
    [InlineData("its first line is torn, and all before it was dropped")]
    [InlineData("a compression was broken off")]
    [InlineData("a compressed segment is there beside the plain one")]
    public void A_crash_while_starting_a_segment_is_continued_from(string crash)
    {
        Write(1, 1000);
        var last = Segment.Of(Folder)[^1];
        var first = (int)Segment.FirstSeq(last);
        var before = HashChain.Prev(JournalReader.Lines(last).First().Bytes.Span);
        switch (crash)
        {
            case "the seal is there, the next segment is not":
                File.Delete(Segment.CarryPath(last));
                File.Delete(last);
                break;
            case "the seal is torn":
                File.Delete(Segment.CarryPath(last));
                File.Delete(last);
                using (var torn = new FileStream(Segment.Of(Folder)[^1], FileMode.Open))
                {
                    torn.SetLength(torn.Length - 10);
                }

                break;
            case "what is carried is there, the next segment is not":
                File.Delete(last);
                break;
            case "the next segment is empty":
                using (var empty = new FileStream(last, FileMode.Open))
                {
                    empty.SetLength(0);
                }

                break;
            case "the first line of the next segment is torn":
                Tear(last);
                break;
            case "its first line is torn, and an older version wrote what is carried":
                Tear(last);
                File.WriteAllLines(
                    Segment.CarryPath(last),
                    File.ReadAllLines(Segment.CarryPath(last))
                        .Where(line => !line.StartsWith("{\"seal\"", StringComparison.Ordinal)));
                break;
            case "its first line is torn, and what is carried is gone":
                Tear(last);
                File.Delete(Segment.CarryPath(last));
                break;
            case "its first line is torn, and all before it was dropped":
                Tear(last);
                Segment.Of(Folder).SkipLast(1).ToList().ForEach(File.Delete);
                break;
            case "a compression was broken off":
                File.WriteAllText(Segment.CompressedPath(Segment.Of(Folder)[0]) + ".new", "half");
                first = 1001;
                break;
            default:
                Keep();
                var compressed = Segment.Of(Folder)[0];
                File.WriteAllText(compressed[..^3], Shell.Run("zcat", [compressed]));
                first = 1001;
                break;
        }

        using (var file = JournalFile.Open(Folder, Small))
        {
            Assert.Equal(first - 1, file.Seq);
        }

        Write(first, 1001 - first + 1);
        var begin = (int)Segment.FirstSeq(Segment.Of(Folder)[0]);
        Assert.Equal((1002 - begin, 1001, null), Proof());
        Assert.Equal(Enumerable.Range(begin, 1002 - begin), Seqs(JournalFilter.All));
        Keep();
        Assert.Equal((1002 - begin, 1001, null), Proof());
        var again = JournalReader.Lines(Folder, new JournalFilter { From = Segment.FirstSeq(last) }).First();
        Assert.Equal(before, HashChain.Prev(again.Bytes.Span));

        static void Tear(string segment)
        {
            using var torn = new FileStream(segment, FileMode.Open);
            torn.SetLength(100);
        }
    }

    [Fact]
    public void Carried_events_are_collected_again_if_their_file_is_gone()
    {
        Write([Envelope(1) with { Event = new HoldPlaced(Holds.Operator, "alice", "must not be forgotten") }]);
        Write(2, 1000);
        File.Delete(Segment.CarryPath(Segment.Of(Folder)[^1]));

        Write(1002, 400);

        var carried = File.ReadAllText(Segment.CarryPath(Segment.Of(Folder)[^1]));
        Assert.Contains("must not be forgotten", carried, StringComparison.Ordinal);
        Assert.Equal((1401, 1401, null), Proof());
    }

    [Theory]
    [InlineData("a bit of a compressed segment", "modified after it was written")]
    [InlineData("a segment is gone", "a segment is missing")]
    [InlineData("a segment in the place of another", "stands in the place of")]
    [InlineData("the end of a sealed segment is cut off", "its seal is missing")]
    [InlineData("a line before the seal is gone", "the seal is of")]
    [InlineData("a line after the seal", "a line after the seal")]
    [InlineData("the first segment is gone", null)]
    [InlineData("the end of the last segment is cut off", null)]
    public void Each_manipulation_of_segments_is_found_as_far_as_a_chain_can_show_it(string what, string? problem)
    {
        Write(1, 2000);
        Keep();
        var segments = Segment.Of(Folder);
        var plain = segments[^2];
        var lines = File.ReadAllLines(plain).ToList();
        switch (what)
        {
            case "a bit of a compressed segment":
                var bytes = File.ReadAllBytes(segments[1]);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(segments[1], bytes);
                break;
            case "a segment is gone":
                File.Delete(segments[1]);
                break;
            case "a segment in the place of another":
                File.Copy(segments[2], segments[1], overwrite: true);
                break;
            case "the end of a sealed segment is cut off":
                // The next segment is renamed too, so that it seems to follow.
                File.WriteAllLines(plain, lines[..^4]);
                File.Move(segments[^1], Path.Combine(Folder, Segment.Name(Segment.FirstSeq(segments[^1]) - 3)));
                break;
            case "a line before the seal is gone":
                File.WriteAllLines(plain, [.. lines[..^2], lines[^1]]);
                break;
            case "a line after the seal":
                File.WriteAllLines(plain, [.. lines, lines[3]]);
                break;
            case "the first segment is gone":
                File.Delete(segments[0]);
                break;
            default:
                File.WriteAllLines(segments[^1], File.ReadAllLines(segments[^1])[..^1]);
                break;
        }

        var found = JournalVerifier.Verify(Folder).Problem;
        if (problem is null)
        {
            Assert.Null(found);
        }
        else
        {
            Assert.Contains(problem, found, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Following_crosses_seals_and_compression_without_losing_a_line()
    {
        Write(1, 1500);
        var seen = new List<long>();
        using var ending = new CancellationTokenSource();
        var following = Task.Run(async () =>
        {
            await foreach (var lines in JournalTail.FollowAsync(Folder, 100, 37, TimeProvider.System, ending.Token))
            {
                Assert.InRange(lines.Count, 1, 37);
                lock (seen)
                {
                    seen.AddRange(lines.Select(line => line.Envelope!.Seq));
                }
            }
        });
        for (var first = 1501; first <= 3000; first += 500)
        {
            Write(first, 500);
            Keep();
            await Task.Delay(50);
        }

        Shell.Await(() => seen.Count >= 2901, TimeSpan.FromSeconds(20), "the last line");
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal(Enumerable.Range(100, 2901), seen.Select(seq => (int)seq));
    }

    private GateState Folded(DateTimeOffset? time) =>
        JournalReader.EventsFor(Folder, time).Aggregate(new GateState(), GateDecider.Evolve);

    private void Keep() => JournalKeeper.Compress(Folder, CancellationToken.None);

    private List<DroppedSegment> Drop(
        JournalRetention retention, long? shipped = null, long written = long.MaxValue, RunningTime ran = default) =>
        [.. JournalKeeper.Drop(Folder, retention, shipped, written, ran)];

    private (long Events, long Head, string? Problem) Proof()
    {
        var proof = JournalVerifier.Verify(Folder);
        return (proof.Events, proof.HeadSeq, proof.Problem);
    }

    private IEnumerable<int> Seqs(JournalFilter filter) =>
        JournalReader.Events(Folder, filter).Select(envelope => (int)envelope.Seq);

    private void Write(int first, int count) => Write([.. Enumerable.Range(first, count).Select(Envelope)]);

    private void Write(IReadOnlyList<Envelope> events)
    {
        using var file = JournalFile.Open(Folder, Small);
        foreach (var batch in events.Chunk(7))
        {
            file.Append(batch);
        }
    }

    private static Envelope Envelope(int seq) => new(
        seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), "n1",
        seq % 3 == 0
            ? new VerdictChanged(new Verdict(Reasons.ReadOnly, NodeState.Synced))
            : new GateOpened("synced"),
        null,
        null,
        null);

    /// <summary>The decider's events for a node that flaps and is held most of the time.</summary>
    private static IReadOnlyList<Envelope> Story(int events)
    {
        var (state, memory, told) = (new GateState(), new GateMemory("n1", Policy.Default), new List<Envelope>());
        Take(new Starting(At(0), "1", Policy.Default, 0, [], null));
        Take(new HoldRequested(At(0.1), Holds.Operator, "alice", "the first of many"));
        for (var i = 1; told.Count < events; i++)
        {
            Take(
                new Observed(
                    At(i * 0.25),
                    ObservedVariable.ReadAnswer([
                        new("wsrep_local_state", "4"),
                        new("read_only", i / 8 % 2 == 0 ? "OFF" : "ON"),
                    ])));
        }

        return told[..events];

        Instant At(double second) => new(Start.AddSeconds(second), TimeSpan.FromSeconds(second), "b");

        void Take(Signal signal)
        {
            (state, memory, var made) = GateDecider.Take(state, memory, signal);
            told.AddRange(made);
        }
    }
}
