using GaleraGate.Domain;
using GaleraGate.Infrastructure.Journal;
using static GaleraGate.Infrastructure.Tests.Journal.SmallJournal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>Which lines a reading returns, in journals of a few lines.</summary>
public sealed class JournalReaderTests : IDisposable
{
    private readonly SmallJournal _journal = new();

    private string Folder => _journal.Folder;

    public void Dispose() => _journal.Dispose();

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
        _journal.Write([1, 2], [3, 4], [5]);
        Assert.Equal(expected, Text(JournalReader.Lines(Folder, filter)));

        JournalKeeper.Compress(Folder, CancellationToken.None);

        Assert.Equal([true, false, false], Segment.Of(Folder).Select(Segment.IsCompressed));
        Assert.Equal(expected, Text(JournalReader.Lines(Folder, filter)));
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
        using (var file = JournalFile.Open(Folder))
        {
            file.Append([.. new[] { (1, 100), (2, 50), (3, 80) }.Select(one => Event(one.Item1) with
            {
                At = new Instant(Start.AddSeconds(one.Item2), TimeSpan.FromSeconds(one.Item1), "b"),
            })]);
        }

        using (var file = JournalFile.Open(Folder, 1))
        {
            file.Append([Event(4) with { At = new Instant(Start.AddDays(1), TimeSpan.FromSeconds(4), "b") }]);
        }

        JournalKeeper.Compress(Folder, CancellationToken.None);

        var filter = new JournalFilter { Since = Start.AddSeconds(since), Until = Start.AddSeconds(until) };
        Assert.NotNull(SegmentIndex.Read(Segment.Of(Folder)[0]));
        Assert.Equal(expected, Text(JournalReader.Lines(Folder, filter)));
    }

    [Fact]
    public void A_segment_before_the_wanted_seq_is_not_opened()
    {
        _journal.Write([1, 2], [3, 4], [5]);
        File.WriteAllText(Segment.Of(Folder)[0], "no event\n");

        Assert.Equal("3 4 5", Text(JournalReader.Lines(Folder, new JournalFilter { From = 3 })));
        // The line and the missing seal.
        Assert.Equal("! ! 3 4 5", Text(JournalReader.Lines(Folder, new JournalFilter { From = 2 })));
    }

    /// <summary>Only parsing shows whether it matches.</summary>
    [Theory]
    [InlineData(0, "!1 2 3")]
    [InlineData(2, "2 3")]
    public void A_line_that_begins_in_another_way_is_returned_if_it_matches(long from, string expected)
    {
        _journal.Write([1, 2, 3]);
        _journal.Modify(0, "{\"seq\":1,", "{ \"seq\":1,");

        Assert.Equal(expected, Text(JournalReader.Lines(Folder, new JournalFilter { From = from })));
    }

    [Fact]
    public void What_follows_a_line_that_cannot_be_read_is_not_doubted()
    {
        _journal.Write([1, 2, 3]);
        var path = Segment.Of(Folder)[0];
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], "no event", lines[2]]);

        Assert.Equal("1 ! 3", Text(JournalReader.Lines(Folder, JournalFilter.All)));
    }

    [Fact]
    public void What_follows_another_line_than_it_names_is_doubted()
    {
        _journal.Write([1, 2, 3]);
        var path = Segment.Of(Folder)[0];
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, [lines[0], lines[2]]);

        Assert.Equal("1 !3", Text(JournalReader.Lines(Folder, JournalFilter.All)));
    }

    [Fact]
    public void A_line_without_its_end_is_not_proved()
    {
        _journal.Write([1, 2]);
        var path = Segment.Of(Folder)[0];
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);

        var torn = JournalReader.Lines(path).Last();
        Assert.Equal((2, null), (torn.Envelope!.Seq, torn.Hash));
        Assert.Equal("1", Text(JournalReader.Lines(Folder, JournalFilter.All)));
    }

    [Fact]
    public void A_segment_without_its_seal_is_reported_after_its_last_line()
    {
        _journal.Write([1, 2], [3, 4], [5]);
        CutSeal(Segment.Of(Folder)[1]);

        Assert.Equal("1 2 3 4 ! 5", Text(JournalReader.Lines(Folder, JournalFilter.All)));
        var missing = Assert.Single(JournalReader.Lines(Folder, JournalFilter.All), line => line.Problem is not null);
        Assert.Contains("seal is missing", missing.Problem, StringComparison.Ordinal);
        Assert.Equal(new FileInfo(Segment.Of(Folder)[1]).Length, missing.Start);
        // Whatever is searched for: what is missing may match.
        var other = new JournalFilter { Types = new HashSet<string> { "HoldPlaced" } };
        Assert.Equal("1 !", Text(JournalReader.Lines(Folder, other)));
    }

    [Fact]
    public void A_damaged_compressed_segment_is_reported_once()
    {
        _journal.Write([1, 2], [3, 4], [5]);
        var first = Segment.Of(Folder)[0];
        File.Delete(first);
        File.WriteAllBytes(Segment.CompressedPath(first), new byte[50]);

        Assert.Equal("! 3 4 5", Text(JournalReader.Lines(Folder, JournalFilter.All)));
    }

    [Fact]
    public void A_segment_that_is_deleted_during_the_reading_is_reported()
    {
        _journal.Write([1], [2], [3]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.Lines(Folder, JournalFilter.All))
        {
            read.Add(line);
            File.Delete(Path.Combine(Folder, Segment.Name(2)));
        }

        Assert.Equal("1 ! 3", Text(read));
        Assert.Equal((JournalReader.Dropped, 0L), (read[1].Problem, read[1].Start));
    }

    [Fact]
    public void A_state_begins_with_what_was_carried_and_is_read_from_the_segment_of_its_time_on()
    {
        _journal.Write([1, 2], [3, 4], [5, 6]);

        Assert.Equal("1 2 3 4 5 6", Text(JournalReader.LinesFor(Folder, null)));
        Assert.Equal("1 2 3 4 5 6", At(2));
        Assert.Equal("1 3 4 5 6", At(3));
        Assert.Equal("1 3 4 5 6", At(4));
        Assert.Equal("1 5 6", At(5));
        Assert.Equal("1 2 3 4 5 6", At(-9));
        Assert.Equal("1 5", Text(JournalReader.LinesFor(
            Folder, Start.AddSeconds(9), until: Start.AddSeconds(5))));
        Assert.Equal("5 6", Text(JournalReader.LinesFor(
            Folder, Start.AddSeconds(9), new HashSet<string> { "Annotated" })));

        // Without the file beside it, the last segment does not give the state.
        File.Delete(Segment.CarryPath(Segment.Of(Folder)[2]));
        Assert.Equal("1 3 4 5 6", At(6));

        string At(int seconds) => Text(JournalReader.LinesFor(Folder, Start.AddSeconds(seconds)));
    }

    [Fact]
    public void What_was_carried_replaces_segments_that_are_deleted_during_the_reading()
    {
        _journal.Write([1, 2], [3, 4], [5, 6]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.LinesFor(Folder, null))
        {
            read.Add(line);
            File.Delete(Path.Combine(Folder, Segment.Name(3)));
            File.Delete(Segment.CarryPath(Path.Combine(Folder, Segment.Name(3))));
        }

        // #1 was read already and is not given again.
        Assert.Equal("1 2 ! 5 6", Text(read));
    }

    [Fact]
    public void What_was_read_last_is_not_given_again_as_carried()
    {
        _journal.Write([1], [2], [3]);

        var read = new List<JournalLine>();
        foreach (var line in JournalReader.LinesFor(Folder, null))
        {
            read.Add(line);
            File.Delete(Path.Combine(Folder, Segment.Name(2)));
        }

        Assert.Equal("1 ! 3", Text(read));
    }

    [Fact]
    public void What_was_carried_and_cannot_be_read_is_reported()
    {
        _journal.Write([1, 2], [3, 4]);
        var carried = Segment.CarryPath(Segment.Of(Folder)[1]);
        File.Delete(carried);
        File.CreateSymbolicLink(carried, carried);

        Assert.Equal("! 3 4", Text(JournalReader.LinesOf(Segment.Of(Folder)[1], true, true, JournalFilter.All)));
    }

    /// <summary>A daemon has just begun it.</summary>
    [Fact]
    public void An_empty_last_segment_does_not_give_the_state()
    {
        _journal.Write([1, 2], [3, 4], [5]);
        File.WriteAllText(Segment.Of(Folder)[2], "");

        Assert.Equal("1 3 4", Text(JournalReader.LinesFor(Folder, Start.AddSeconds(9))));
    }

    [Fact]
    public void A_directory_is_a_journal_if_it_has_a_segment_or_the_lock()
    {
        Assert.False(JournalReader.IsJournal(Folder));

        File.WriteAllText(Segment.LockPath(Folder), "");
        Assert.True(JournalReader.IsJournal(Folder));

        File.Delete(Segment.LockPath(Folder));
        File.WriteAllText(Path.Combine(Folder, Segment.Name(1)), "");
        Assert.True(JournalReader.IsJournal(Folder));
    }

    [Fact]
    public void The_first_seq_and_the_hash_of_an_event_are_those_that_the_journal_holds()
    {
        Assert.Equal(1, JournalReader.FirstSeq(Folder));
        _journal.Write([1, 2], [3, 4]);
        var hash = JournalReader.Lines(Folder, JournalFilter.All).Single(line => line.Envelope!.Seq == 3).Hash;
        File.Delete(Segment.Of(Folder)[0]);

        Assert.Equal(3, JournalReader.FirstSeq(Folder));
        Assert.Equal(hash, JournalReader.HashAt(Folder, 3));
        Assert.Null(JournalReader.HashAt(Folder, 2));
        Assert.Null(JournalReader.HashAt(Folder, 5));
    }

    [Fact]
    public void The_lines_of_one_segment_come_with_what_was_carried_if_that_is_asked_for()
    {
        _journal.Write([1, 2], [3, 4]);
        var second = Segment.Of(Folder)[1];

        Assert.Equal("1 3 4", Text(JournalReader.LinesOf(second, true, withCarried: true, JournalFilter.All)));
        Assert.Equal("3 4", Text(JournalReader.LinesOf(second, true, withCarried: false, JournalFilter.All)));
        Assert.Equal("4", Text(JournalReader.LinesOf(second, true, true, new JournalFilter { From = 4 })));
        Assert.Equal("3 4", Text(JournalReader.Lines(second)));

        File.Delete(second);
        var gone = Assert.Single(JournalReader.LinesOf(second, true, true, JournalFilter.All));
        Assert.Equal((JournalReader.Dropped, 0L), (gone.Problem, gone.Start));
        Assert.Throws<FileNotFoundException>(() => JournalReader.Lines(second).Count());
    }
}
