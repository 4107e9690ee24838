using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// The files beside a segment hold what was derived from it: they read back as they were written, and one that is
/// missing, incomplete, damaged or of another segment is not used.
/// </summary>
public sealed class BesideSegmentTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private static readonly Block First = new(0, 1 << 20, 0, 1, 40, Start, Start.AddSeconds(40));
    private static readonly Block Second = new(1 << 20, 999, 5000, 41, 50, Start.AddSeconds(41), Start.AddSeconds(50));

    private static readonly SegmentSummary Summary = new(
        [
            new Closure("n1", 3, At(3), At(9), "read-only", At(8), "rise"),
            new Closure("n1", 12, At(12), null, "held", null, ""),
        ],
        [new Sample(SampleKind.Closed, Start.AddSeconds(3), "n1") { Reason = "read-only" }],
        [new Envelope(5, At(5), "n1", new Annotated(3, "alice", "planned"), 3, null, null)],
        RecordState.None);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-beside").FullName;
    private readonly string _segment;

    public BesideSegmentTests()
    {
        _segment = Path.Combine(_folder, Segment.Name(1));
        File.WriteAllText(_segment, "a segment\n");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_index_reads_back_as_it_was_written()
    {
        SegmentIndex.Write(_segment, [First, Second]);

        Assert.Equal([First, Second], SegmentIndex.Read(_segment));
        Assert.DoesNotContain('\r', File.ReadAllText(Segment.IndexPath(_segment)));
    }

    [Theory]
    [InlineData("end", "and")]
    [InlineData("end\n", "")]
    [InlineData("galeragate index 1 10", "galeragate index 1 11")]
    [InlineData("galeragate index 1 10", "galeragate index 2 10")]
    [InlineData("1048576 999", "-1048576 999")]
    [InlineData("1048576 999", "1048576 many")]
    [InlineData(" 999 ", " ")]
    public void An_index_that_was_changed_is_not_used(string text, string other)
    {
        SegmentIndex.Write(_segment, [First, Second]);
        Change(Segment.IndexPath(_segment), text, other);

        Assert.Null(SegmentIndex.Read(_segment));
    }

    [Fact]
    public void An_index_of_no_line_or_one_or_without_its_segment_is_not_used()
    {
        File.WriteAllText(Segment.IndexPath(_segment), "");
        Assert.Null(SegmentIndex.Read(_segment));

        File.WriteAllText(Segment.IndexPath(_segment), "end\n");
        Assert.Null(SegmentIndex.Read(_segment));

        SegmentIndex.Write(_segment, [First]);
        File.Delete(_segment);
        Assert.Null(SegmentIndex.Read(_segment));
    }

    [Theory]
    [InlineData(1, null, null, true)]
    [InlineData(50, null, null, true)]
    [InlineData(51, null, null, false)]
    [InlineData(1, 50, null, true)]
    [InlineData(1, 51, null, false)]
    [InlineData(1, null, 41, true)]
    [InlineData(1, null, 40, false)]
    [InlineData(51, null, 60, false)]
    [InlineData(1, 51, 60, false)]
    public void A_block_may_hold_what_overlaps_it(long from, int? since, int? until, bool mayHold) =>
        Assert.Equal(
            mayHold,
            Second.MayHold(new JournalFilter { From = from, Since = Time(since), Until = Time(until) }));

    [Fact]
    public void The_states_of_each_block_read_back_as_they_were_written()
    {
        SegmentStates.Write(_segment, [(First, Lines("{1}", "{2}")), (Second, Lines("{3}"))]);

        Assert.True(SegmentStates.Has(_segment));
        Assert.Equal(["{1}", "{2}"], Texts(SegmentStates.Before(_segment, First)));
        Assert.Equal(["{3}"], Texts(SegmentStates.Before(_segment, Second)));
        Assert.Null(SegmentStates.Before(_segment, Second with { FirstSeq = 42 }));
    }

    [Fact]
    public void A_summary_reads_back_as_it_was_written()
    {
        Summary.Write(_segment);

        var read = SegmentSummary.Read(_segment)!;

        Assert.True(SegmentSummary.Has(_segment));
        Assert.Equal(Summary.Ended, read.Ended);
        Assert.Equal(Summary.Samples, read.Samples);
        Assert.Equal(Summary.Notes, read.Notes);
        Assert.Equal((null, 0), (read.End.Closures, read.End.Spans.Count));
    }

    [Theory]
    [InlineData("\ne{", "\nx{")]
    [InlineData("\ne{", "\ne[")]
    [InlineData("\nc{", "\nc")]
    [InlineData("\nn{", "\nn[")]
    [InlineData("\ns{", "\nsnull//")]
    [InlineData("\nc{", "\n\n{")]
    [InlineData("galeragate summary", "galeragate states")]
    public void A_summary_that_was_changed_is_not_used(string text, string other)
    {
        Summary.Write(_segment);
        Change(Segment.DerivedPath(_segment, "summary"), text, other);

        Assert.Null(SegmentSummary.Read(_segment));
    }

    [Fact]
    public void A_derived_file_of_another_segment_is_not_used()
    {
        DerivedFile.Write(_segment, "states", ["one"]);
        Assert.Equal(["one"], DerivedFile.Lines(_segment, "states")!);
        Assert.Equal((true, false), (DerivedFile.Has(_segment, "states"), DerivedFile.Has(_segment, "summary")));
        Assert.Null(DerivedFile.Lines(_segment, "summary"));

        File.SetLastWriteTimeUtc(_segment, Start.UtcDateTime);
        Assert.False(DerivedFile.Has(_segment, "states"));
        Assert.Null(DerivedFile.Lines(_segment, "states"));

        DerivedFile.Write(_segment, "states", ["one"]);
        File.AppendAllText(_segment, "longer");
        File.SetLastWriteTimeUtc(_segment, Start.UtcDateTime);
        Assert.False(DerivedFile.Has(_segment, "states"));

        DerivedFile.Write(_segment, "states", []);
        Assert.True(DerivedFile.Has(_segment, "states"));
        Assert.Null(DerivedFile.Lines(_segment, "states"));

        File.Delete(_segment);
        Assert.False(DerivedFile.Has(_segment, "states"));
    }

    [Fact]
    public void A_torn_end_is_cut_at_once_and_reported()
    {
        using var stream = new FileStream(_segment, FileMode.Open, FileAccess.ReadWrite);

        Assert.Null(TornEnd.Cut(stream, stream.Length));
        var repaired = TornEnd.Cut(stream, 4);

        Assert.Equal("a se", File.ReadAllText(_segment));
        Assert.Equal(new JournalRepaired(Segment.Name(1), 6, HashChain.Hex("gment\n"u8)), repaired);
    }

    [Theory]
    [InlineData("00000000000000000007.jsonl", 7L)]
    [InlineData("00000000000000000007.jsonl.gz", 7L)]
    [InlineData("00000000000000000007.carry", 7L)]
    [InlineData("00000000000000000007", null)]
    [InlineData("00000000000000000007x", null)]
    [InlineData("0000000000000000007.jsonl", null)]
    [InlineData("0000000000000000000x.jsonl", null)]
    [InlineData("lock", null)]
    public void The_names_of_a_journals_files_begin_with_a_seq(string name, long? seq) =>
        Assert.Equal(seq, Segment.SeqInName(Path.Combine(_folder, name)));

    [Fact]
    public void A_segment_in_both_forms_is_listed_once_by_its_plain_name()
    {
        File.WriteAllText(Segment.CompressedPath(_segment), "");
        File.WriteAllText(Segment.CarryPath(_segment), "");

        Assert.Equal([_segment], Segment.Of(_folder));
    }

    private static void Change(string path, string text, string other)
    {
        var before = File.ReadAllText(path);
        var after = before.Replace(text, other, StringComparison.Ordinal);
        Assert.NotEqual(before, after);
        File.WriteAllText(path, after);
    }

    private static Instant At(int second) => new(Start.AddSeconds(second), TimeSpan.FromSeconds(second), "b");

    private static DateTimeOffset? Time(int? second) => second is { } known ? Start.AddSeconds(known) : null;

    private static IReadOnlyList<byte[]> Lines(params string[] lines) => [.. lines.Select(Encoding.UTF8.GetBytes)];

    private static IEnumerable<string>? Texts(IReadOnlyList<byte[]>? lines) => lines?.Select(Encoding.UTF8.GetString);
}
