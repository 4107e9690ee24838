using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// Reading a journal of many segments that is kept, damaged or edited at the same time: no file and no line stops a
/// read, and no incomplete read is presented as complete.
/// </summary>
public sealed class ReadingTests : IDisposable
{
    private const long Small = 64 << 10;
    private const int Count = 2000;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-reading").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reading_continues_while_its_segments_are_compressed(bool followed)
    {
        Write(Count, Small);

        var read = WhileReading(followed, Compress);

        Assert.Contains(Segment.Of(_folder), Segment.IsCompressed);
        Assert.Equal(Enumerable.Range(1, Count), read.Select(line => (int)line.Envelope!.Seq));
    }

    [Fact]
    public void A_reading_continues_after_deleted_segments_and_reports_them()
    {
        Write(Count, Small);
        var segments = Segment.Of(_folder).Select(Segment.FirstSeq).ToList();

        var read = WhileReading(folding: false, DropAllButTheNewest);

        var left = Segment.FirstSeq(Segment.Of(_folder)[0]);
        var expected = Enumerable.Range(1, Count).Where(seq => seq < segments[1] || seq >= left);
        Assert.Equal(expected, read.Where(line => line.Envelope is not null).Select(line => (int)line.Envelope!.Seq));
        var dropped = segments.Count(seq => seq >= segments[1] && seq < left);
        Assert.Equal(dropped, read.Count(line => line.Problem == JournalReader.Dropped));
    }

    [Fact]
    public void Segments_deleted_meanwhile_are_replaced_by_carried_events()
    {
        var hold = new HoldPlaced(Holds.Operator, "alice", "while it was read");
        Write(Count, Small, seq => seq == 1000 ? hold : Usual(seq));

        var read = WhileReading(folding: true, DropAllButTheNewest);

        Assert.True(Segment.FirstSeq(Segment.Of(_folder)[0]) > 1000);
        var events = read.Where(line => line.Envelope is not null).Select(line => line.Envelope!);
        var state = events.Aggregate(new GateState(), GateDecider.Evolve);
        Assert.Equal((Holds.Operator, Count), (state.Holds, (int)state.Seq));
    }

    /// <summary>Whatever the damage, and whether or not the index gives the start of the next block.</summary>
    [Theory]
    [InlineData("a bit", true)]
    [InlineData("a bit", false)]
    [InlineData("the end is gone", true)]
    [InlineData("the end is gone", false)]
    [InlineData("all but nothing is left", false)]
    [InlineData("zeros", true)]
    [InlineData("zeros", false)]
    public void A_damaged_compressed_segment_is_reported_and_later_ones_are_read(string damage, bool withIndex)
    {
        Write(Count, Small);
        Compress();
        var segments = Segment.Of(_folder);
        var bytes = File.ReadAllBytes(segments[2]);
        switch (damage)
        {
            case "a bit":
                bytes[bytes.Length / 2] ^= 1;
                break;
            case "the end is gone":
                bytes = bytes[..(bytes.Length / 2)];
                break;
            case "zeros":
                bytes.AsSpan().Clear();
                break;
            default:
                bytes = [];
                break;
        }

        File.WriteAllBytes(segments[2], bytes);
        if (!withIndex)
        {
            Directory.GetFiles(_folder, "*.index").ToList().ForEach(File.Delete);
        }
        else if (bytes.Length > 0)
        {
            // An index that fits the file, as after damage that does not change the length.
            var index = File.ReadAllLines(Segment.IndexPath(segments[2]));
            File.WriteAllLines(Segment.IndexPath(segments[2]), [$"galeragate index 1 {bytes.Length}", .. index[1..]]);
        }

        IEnumerable<JournalLine>[] readings =
            [JournalReader.Lines(_folder, JournalFilter.All), JournalReader.LinesFor(_folder, null)];
        foreach (var lines in readings)
        {
            var read = lines.ToList();
            var sound = read.Where(line => line.Problem is null).Select(line => line.Envelope!.Seq).ToHashSet();
            var (first, next) = (Segment.FirstSeq(segments[2]), Segment.FirstSeq(segments[3]));
            var others = Enumerable.Range(1, Count).Where(seq => seq < first || seq >= next);
            Assert.All(others, seq => Assert.Contains(seq, sound));
            Assert.True(sound.Count < Count);
            Assert.Contains(read, line => line.Problem is not null && line.Segment == segments[2]);
        }
    }

    [Fact]
    public async Task Following_continues_after_a_damaged_segment_and_reports_it_once()
    {
        Write(Count, Small);
        Compress();
        var segments = Segment.Of(_folder);
        File.WriteAllBytes(segments[1], new byte[100]);
        var read = new List<JournalLine>();
        using var ending = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var lines in JournalTail.FollowAsync(_folder, 0, 1000, TimeProvider.System, ending.Token))
        {
            read.AddRange(lines);
            if (lines[^1].Envelope?.Seq == Count)
            {
                break;
            }
        }

        Assert.Equal(segments[1], Assert.Single(read, line => line.Problem is not null).Segment);
        var lost = Segment.FirstSeq(segments[2]) - Segment.FirstSeq(segments[1]);
        Assert.Equal(Count - (int)lost, read.Count(line => line.Envelope is not null));
    }

    [Fact]
    public void An_edited_line_is_doubted_in_every_reading_but_its_neighbours_are_not()
    {
        Write(Count, Small);
        var segment = Segment.Of(_folder)[1];
        var lines = File.ReadAllLines(segment);
        lines[10] = lines[10].Replace("\"n1\"", "\"n2\"", StringComparison.Ordinal);
        File.WriteAllLines(segment, lines);
        var edited = Segment.FirstSeq(segment) + 10;

        foreach (var read in new[]
        {
            JournalReader.Events(_folder), JournalReader.Events(_folder, new JournalFilter { From = edited - 1 }),
            JournalReader.EventsFor(_folder, null),
            JournalReader.Events(_folder, new JournalFilter { Types = new HashSet<string> { "GateOpened" } }),
        })
        {
            Assert.Equal(edited, Assert.Single(read, envelope => envelope.Doubt is not null).Seq);
        }
    }

    [Fact]
    public void A_line_edited_together_with_its_hash_is_exposed_by_the_next_line()
    {
        Write(Count, Small);
        var segment = Segment.Of(_folder)[1];
        var lines = File.ReadAllLines(segment);
        var bytes = Encoding.UTF8.GetBytes(lines[10]);
        var opened = lines[10][..lines[10].IndexOf(",\"prev\":", StringComparison.Ordinal)];
        opened = opened.Replace("\"n1\"", "\"n2\"", StringComparison.Ordinal);
        var (line, _) = HashChain.Seal(Encoding.UTF8.GetBytes(opened), HashChain.Prev(bytes)!);
        lines[10] = Encoding.UTF8.GetString(line).TrimEnd('\n');
        File.WriteAllLines(segment, lines);

        var doubted = Assert.Single(JournalReader.Events(_folder), envelope => envelope.Doubt is not null);

        Assert.Equal(Segment.FirstSeq(segment) + 11, doubted.Seq);
        Assert.Contains("does not follow", doubted.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_is_being_written_is_not_reported_as_damage()
    {
        Write(10, Small);
        File.AppendAllText(Segment.Of(_folder)[^1], "{\"seq\":11,\"at\":\"2026");

        Assert.Equal(10, JournalReader.Lines(_folder, JournalFilter.All).Count(line => line.Problem is null));
        Assert.Equal(10, JournalReader.Lines(_folder, JournalFilter.All).Count());
    }

    [Fact]
    public void A_file_whose_number_is_too_large_for_a_seq_is_not_a_segment()
    {
        Write(10, Small);
        File.WriteAllText(Path.Combine(_folder, "99999999999999999999.jsonl"), "");

        Assert.Equal(10, JournalReader.Events(_folder).Count());
    }

    private List<JournalLine> WhileReading(bool folding, Action act)
    {
        var read = new List<JournalLine>();
        var lines = folding ? JournalReader.LinesFor(_folder, null) : JournalReader.Lines(_folder, JournalFilter.All);
        foreach (var line in lines)
        {
            read.Add(line);
            if (read.Count == 1)
            {
                act();
            }
        }

        return read;
    }

    private void Compress() => JournalKeeper.Compress(_folder, CancellationToken.None);

    private void DropAllButTheNewest() =>
        Assert.NotEmpty(
            JournalKeeper.Drop(_folder, new JournalRetention(1, null), null, long.MaxValue, default).ToList());

    private void Write(int count, long segmentBytes, Func<int, AuditEvent>? eventOf = null)
    {
        using var file = JournalFile.Open(_folder, segmentBytes);
        var events = Enumerable.Range(1, count).Select(seq => new Envelope(
            seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), "n1",
            (eventOf ?? Usual)(seq), null, null, null));
        foreach (var batch in events.Chunk(7))
        {
            file.Append(batch);
        }
    }

    private static AuditEvent Usual(int seq) =>
        seq % 3 == 2 ? new VerdictChanged(new Verdict(Reasons.ReadOnly, NodeState.Synced)) : new GateOpened("synced");
}
