using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>Which lines a reading returns, in journals of a few lines.</summary>
public sealed class JournalReaderTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-reader").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<JournalFilter, string> Filters() => new()
    {
        { JournalFilter.All, "1 2 3 4 5" },
        { new JournalFilter { From = 2 }, "2 3 4 5" },
        { new JournalFilter { From = 3 }, "3 4 5" },
        { new JournalFilter { Since = Start.AddSeconds(3) }, "3 4 5" },
        { new JournalFilter { Until = Start.AddSeconds(3) }, "1 2 3" },
        { new JournalFilter { Types = new HashSet<string> { "HoldPlaced" } }, "1" },
        { new JournalFilter { Caused = true }, "2 4" },
        { new JournalFilter { Caused = true, From = 3 }, "4" },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public void A_filter_selects_the_same_plain_and_compressed(JournalFilter filter, string expected)
    {
        Write([1, 2], [3, 4], [5]);
        Assert.Equal(expected, Text(JournalReader.Lines(_folder, filter)));

        JournalKeeper.Compress(_folder, CancellationToken.None);

        Assert.Equal([true, false, false], Segment.Of(_folder).Select(Segment.IsCompressed));
        Assert.Equal(expected, Text(JournalReader.Lines(_folder, filter)));
    }

    /// <summary>The index has the earliest and the latest time of a block, whatever the order.</summary>
    [Theory]
    [InlineData(60, 200, "1 3")]
    [InlineData(0, 60, "2")]
    [InlineData(90, 200, "1")]
    [InlineData(100, 200, "1")]
    [InlineData(0, 50, "2")]
    [InlineData(101, 200, "")]
    [InlineData(0, 49, "")]
    public void A_search_by_time_finds_what_was_written_after_a_jump_of_the_clock(int since, int until, string expected)
    {
        using (var file = JournalFile.Open(_folder))
        {
            file.Append([.. new[] { (1, 100), (2, 50), (3, 80) }.Select(one => Event(one.Item1) with
            {
                At = new Instant(Start.AddSeconds(one.Item2), TimeSpan.FromSeconds(one.Item1), "b"),
            })]);
        }

        using (var file = JournalFile.Open(_folder, 1))
        {
            file.Append([Event(4) with { At = new Instant(Start.AddDays(1), TimeSpan.FromSeconds(4), "b") }]);
        }

        JournalKeeper.Compress(_folder, CancellationToken.None);

        var filter = new JournalFilter { Since = Start.AddSeconds(since), Until = Start.AddSeconds(until) };
        Assert.NotNull(SegmentIndex.Read(Segment.Of(_folder)[0]));
        Assert.Equal(expected, Text(JournalReader.Lines(_folder, filter)));
    }

    [Fact]
    public void A_segment_before_the_wanted_seq_is_not_opened()
    {
        Write([1, 2], [3, 4], [5]);
        File.WriteAllText(Segment.Of(_folder)[0], "no event\n");

        Assert.Equal("3 4 5", Text(JournalReader.Lines(_folder, new JournalFilter { From = 3 })));
        // The line and the missing seal.
        Assert.Equal("! ! 3 4 5", Text(JournalReader.Lines(_folder, new JournalFilter { From = 2 })));
    }

    /// <summary>Only parsing shows whether it matches.</summary>
    [Theory]
    [InlineData(0, "!1 2 3")]
    [InlineData(2, "2 3")]
    public void A_line_that_begins_in_another_way_is_returned_if_it_matches(long from, string expected)
    {
        Write([1, 2, 3]);
        Modify(0, "{\"seq\":1,", "{ \"seq\":1,");

        Assert.Equal(expected, Text(JournalReader.Lines(_folder, new JournalFilter { From = from })));
    }

    [Fact]
    public void What_follows_a_line_that_cannot_be_read_is_not_doubted()
    {
        Write([1, 2, 3]);
        var path = Segment.Of(_folder)[0];
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], "no event", lines[2]]);

        Assert.Equal("1 ! 3", Text(JournalReader.Lines(_folder, JournalFilter.All)));
    }

    [Fact]
    public void What_follows_another_line_than_it_names_is_doubted()
    {
        Write([1, 2, 3]);
        var path = Segment.Of(_folder)[0];
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[2]]);

        Assert.Equal("1 !3", Text(JournalReader.Lines(_folder, JournalFilter.All)));
    }

    [Fact]
    public void A_line_without_its_end_is_not_proved()
    {
        Write([1, 2]);
        var path = Segment.Of(_folder)[0];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);

        var torn = JournalReader.Lines(path).Last();
        Assert.Equal((2, null), (torn.Envelope!.Seq, torn.Hash));
        Assert.Equal("1", Text(JournalReader.Lines(_folder, JournalFilter.All)));
    }

    [Fact]
    public void A_segment_without_its_seal_is_reported_after_its_last_line()
    {
        Write([1, 2], [3, 4], [5]);
        CutSeal(1);

        Assert.Equal("1 2 3 4 ! 5", Text(JournalReader.Lines(_folder, JournalFilter.All)));
        var missing = Assert.Single(JournalReader.Lines(_folder, JournalFilter.All), line => line.Problem is not null);
        Assert.Contains("seal is missing", missing.Problem, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(Segment.Of(_folder)[1]).Length, missing.Start);
        // Whatever is searched for: what is missing may match.
        var other = new JournalFilter { Types = new HashSet<string> { "HoldPlaced" } };
        Assert.Equal("1 !", Text(JournalReader.Lines(_folder, other)));
    }

    [Fact]
    public void A_damaged_compressed_segment_is_reported_once()
    {
        Write([1, 2], [3, 4], [5]);
        var first = Segment.Of(_folder)[0];
        File.Delete(first);
        File.WriteAllBytes(Segment.CompressedPath(first), new byte[50]);

        Assert.Equal("! 3 4 5", Text(JournalReader.Lines(_folder, JournalFilter.All)));
    }

    [Fact]
    public void A_segment_that_is_deleted_during_the_reading_is_reported()
    {
        Write([1], [2], [3]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.Lines(_folder, JournalFilter.All))
        {
            read.Add(line);
            File.Delete(Path.Combine(_folder, Segment.Name(2)));
        }

        Assert.Equal("1 ! 3", Text(read));
        Assert.Equal((JournalReader.Dropped, 0L), (read[1].Problem, read[1].Start));
    }

    [Fact]
    public void A_state_begins_with_what_was_carried_and_is_read_from_the_segment_of_its_time_on()
    {
        Write([1, 2], [3, 4], [5, 6]);

        Assert.Equal("1 2 3 4 5 6", Text(JournalReader.LinesFor(_folder, null)));
        Assert.Equal("1 2 3 4 5 6", At(2));
        Assert.Equal("1 3 4 5 6", At(3));
        Assert.Equal("1 3 4 5 6", At(4));
        Assert.Equal("1 5 6", At(5));
        Assert.Equal("1 2 3 4 5 6", At(-9));
        Assert.Equal("1 5", Text(JournalReader.LinesFor(
            _folder, Start.AddSeconds(9), until: Start.AddSeconds(5))));
        Assert.Equal("5 6", Text(JournalReader.LinesFor(
            _folder, Start.AddSeconds(9), new HashSet<string> { "Annotated" })));

        // Without the file beside it, the last segment does not give the state.
        File.Delete(Segment.CarryPath(Segment.Of(_folder)[2]));
        Assert.Equal("1 3 4 5 6", At(6));

        string At(int seconds) => Text(JournalReader.LinesFor(_folder, Start.AddSeconds(seconds)));
    }

    [Fact]
    public void What_was_carried_replaces_segments_that_are_deleted_during_the_reading()
    {
        Write([1, 2], [3, 4], [5, 6]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.LinesFor(_folder, null))
        {
            read.Add(line);
            File.Delete(Path.Combine(_folder, Segment.Name(3)));
            File.Delete(Segment.CarryPath(Path.Combine(_folder, Segment.Name(3))));
        }

        // #1 was read already and is not given again.
        Assert.Equal("1 2 ! 5 6", Text(read));
    }

    [Fact]
    public void What_was_read_last_is_not_given_again_as_carried()
    {
        Write([1], [2], [3]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.LinesFor(_folder, null))
        {
            read.Add(line);
            File.Delete(Path.Combine(_folder, Segment.Name(2)));
        }

        Assert.Equal("1 ! 3", Text(read));
    }

    [Fact]
    public void What_was_carried_and_cannot_be_read_is_reported()
    {
        Write([1, 2], [3, 4]);
        var carried = Segment.CarryPath(Segment.Of(_folder)[1]);
        File.Delete(carried);
        File.CreateSymbolicLink(carried, carried);

        Assert.Equal("! 3 4", Text(JournalReader.LinesOf(Segment.Of(_folder)[1], true, true, JournalFilter.All)));
    }

    /// <summary>A daemon has just begun it.</summary>
    [Fact]
    public void An_empty_last_segment_does_not_give_the_state()
    {
        Write([1, 2], [3, 4], [5]);
        File.WriteAllText(Segment.Of(_folder)[2], "");

        Assert.Equal("1 3 4", Text(JournalReader.LinesFor(_folder, Start.AddSeconds(9))));
    }

    [Fact]
    public void A_directory_is_a_journal_if_it_has_a_segment_or_the_lock()
    {
        Assert.False(JournalReader.IsJournal(_folder));

        File.WriteAllText(Segment.LockPath(_folder), "");
        Assert.True(JournalReader.IsJournal(_folder));

        File.Delete(Segment.LockPath(_folder));
        File.WriteAllText(Path.Combine(_folder, Segment.Name(1)), "");
        Assert.True(JournalReader.IsJournal(_folder));
    }

    [Fact]
    public void The_first_seq_and_the_hash_of_an_event_are_those_that_the_journal_holds()
    {
        Assert.Equal(1, JournalReader.FirstSeq(_folder));
        Write([1, 2], [3, 4]);
        var hash = JournalReader.Lines(_folder, JournalFilter.All).Single(line => line.Envelope!.Seq == 3).Hash;
        File.Delete(Segment.Of(_folder)[0]);

        Assert.Equal(3, JournalReader.FirstSeq(_folder));
        Assert.Equal(hash, JournalReader.HashAt(_folder, 3));
        Assert.Null(JournalReader.HashAt(_folder, 2));
        Assert.Null(JournalReader.HashAt(_folder, 5));
    }

    [Fact]
    public void The_lines_of_one_segment_come_with_what_was_carried_if_that_is_asked_for()
    {
        Write([1, 2], [3, 4]);
        var second = Segment.Of(_folder)[1];

        Assert.Equal("1 3 4", Text(JournalReader.LinesOf(second, true, withCarried: true, JournalFilter.All)));
        Assert.Equal("3 4", Text(JournalReader.LinesOf(second, true, withCarried: false, JournalFilter.All)));
        Assert.Equal("4", Text(JournalReader.LinesOf(second, true, true, new JournalFilter { From = 4 })));
        Assert.Equal("3 4", Text(JournalReader.Lines(second)));

        File.Delete(second);
        var gone = Assert.Single(JournalReader.LinesOf(second, true, true, JournalFilter.All));
        Assert.Equal((JournalReader.Dropped, 0L), (gone.Problem, gone.Start));
        Assert.Throws<FileNotFoundException>(() => JournalReader.Lines(second).Count());
    }

    private void Modify(int segment, string from, string to)
    {
        var path = Segment.Of(_folder)[segment];
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    private void CutSeal(int segment)
    {
        var path = Segment.Of(_folder)[segment];
        var seal = RawLines.OfFile(path).Single(raw => SealLine.Is(raw.Bytes.Span));
        using var file = new FileStream(path, FileMode.Open);
        file.SetLength(seal.Start);
    }

    /// <summary>The lines' numbers; '!' is before a line with a problem.</summary>
    private static string Text(IEnumerable<JournalLine> lines) => string.Join(' ', lines.Select(
        line => $"{(line.Problem is null ? "" : "!")}{line.Envelope?.Seq}"));

    /// <summary>Each list of events is a segment of its own. The first is a hold, which is carried on.</summary>
    private void Write(params int[][] segments)
    {
        const long WithEachOpening = 1;
        for (var i = 0; i < segments.Length; i++)
        {
            using var file = JournalFile.Open(_folder, i == 0 ? Segment.DefaultBytes : WithEachOpening);
            file.Append([.. segments[i].Select(Event)]);
        }
    }

    private static Envelope Event(int seq) => new(
        seq,
        new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"),
        "n1",
        seq == 1 ? new HoldPlaced(Holds.Operator, "alice", "planned 1") : new Annotated(seq, "alice", "planned"),
        seq % 2 == 0 ? 1 : null,
        null,
        null);
}
