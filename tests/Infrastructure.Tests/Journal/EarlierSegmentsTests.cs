using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>Where the chain continues after the segments before the last one.</summary>
public sealed class EarlierSegmentsTests : IDisposable
{
    private static readonly RunningTime Ran = new(TimeSpan.FromSeconds(90), "b", TimeSpan.FromSeconds(2));

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-earlier").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_next_seq_is_the_one_after_the_last_seal()
    {
        var (first, second) = (Line(1, HashChain.Genesis), Line(2, HashChain.Genesis));
        var (earlier, later) = (Seal(1, first.Hash).Write(), Seal(2, second.Hash).Write());

        Assert.Equal(3, EarlierSegments.NextSeq(Write(1, first.Line, earlier.Line, second.Line, later.Line)));
    }

    [Fact]
    public void A_segment_without_a_seal_has_no_next_seq()
    {
        var path = Write(1, Line(1, HashChain.Genesis).Line);

        Assert.Contains("has no seal", Assert.Throws<IOException>(() => EarlierSegments.NextSeq(path)).Message);
    }

    /// <summary>As an older version left it: a seal at the end, and nothing beside the next segment.</summary>
    [Fact]
    public void Without_a_file_beside_the_last_segment_the_segment_before_it_is_read()
    {
        var first = Line(1, HashChain.Genesis);
        var second = Line(2, first.Hash);
        _ = Write(1, first.Line, second.Line, Seal(2, second.Hash).Write().Line);
        _ = Write(3);

        Assert.Equal(new JournalHead(2, second.Hash, Ran), Head());
    }

    [Fact]
    public void A_file_beside_the_last_segment_replaces_what_is_before_it()
    {
        _ = Write(1, Line(1, HashChain.Genesis).Line);
        SegmentStart.Write(Write(3), [Line(1, HashChain.Genesis).Line], Seal(2, Line(2, HashChain.Genesis).Hash));

        Assert.Equal(new JournalHead(2, Line(2, HashChain.Genesis).Hash, Ran), Head());
    }

    /// <summary>As an older version left it: the file beside the last segment has no seal.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_seal_beside_it_the_hash_is_the_last_of_the_segment_before(bool isSealed)
    {
        var first = Line(1, HashChain.Genesis);
        var second = Line(2, first.Hash);
        _ = Write(1, first.Line, second.Line, isSealed ? Seal(2, second.Hash).Write().Line : []);
        File.WriteAllBytes(Segment.CarryPath(Write(3)), first.Line);

        Assert.Equal((2, second.Hash), (Head().Seq, Head().Hash));
    }

    private JournalHead Head() => EarlierSegments.HeadOf(_folder, line => EventCodec.Read(line));

    private string Write(long seq, params byte[][] lines)
    {
        var path = Path.Combine(_folder, Segment.Name(seq));
        File.WriteAllBytes(path, [.. lines.SelectMany(line => line)]);
        return path;
    }

    private static SealLine Seal(long last, string hash) => new(last, 1, last, "", "", hash, Ran);

    private static (byte[] Line, string Hash) Line(long seq, string prev) =>
        HashChain.Seal(EventCodec.WriteOpened(Envelope(seq)), prev);

    private static Envelope Envelope(long seq) =>
        new(
            seq, new Instant(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(seq), "b"), "n1",
            new Annotated(1, "alice", "planned"), null, null, null);
}
