using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>The closures that stand beside sealed segments are those that folding every event gives.</summary>
public sealed class ClosuresTests : IDisposable
{
    private const int Count = 3000;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-closures").FullName;

    public ClosuresTests()
    {
        using var file = JournalFile.Open(_folder, 64 << 10);
        foreach (var batch in Enumerable.Range(1, Count).Select(Story).Chunk(7))
        {
            file.Append(batch);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void They_are_made_once_a_segment_is_sealed_and_change_no_answer()
    {
        var folded = Folded();
        Assert.Equal(folded, Read(out _));

        JournalKeeper.Compress(_folder, CancellationToken.None);

        var segments = Segment.Of(_folder);
        Assert.True(segments.Count > 4);
        Assert.All(segments.SkipLast(1), segment => Assert.True(File.Exists(Segment.ClosuresPath(segment))));
        Assert.False(File.Exists(Segment.ClosuresPath(segments[^1])));
        Assert.Equal(folded, Read(out _));
        // What stands there is what is read: a file that says something else is believed.
        var path = Segment.ClosuresPath(segments[1]);
        File.WriteAllText(path, File.ReadAllText(path).Replace("read-only", "told-here", StringComparison.Ordinal));
        Assert.Contains(Read(out _), closure => closure.Reason == "told-here");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void One_that_is_missing_or_torn_is_not_needed_and_made_again(int which)
    {
        JournalKeeper.Compress(_folder, CancellationToken.None);
        var path = Segment.ClosuresPath(Segment.Of(_folder)[which]);
        var whole = File.ReadAllText(path);

        File.WriteAllText(path, whole[..(whole.Length / 2)]);
        Assert.Equal(Folded(), Read(out _));
        File.Delete(path);
        Assert.Equal(Folded(), Read(out _));
        JournalKeeper.Compress(_folder, CancellationToken.None);
        Assert.Equal(whole, File.ReadAllText(path));
    }

    [Fact]
    public void A_segment_that_was_edited_since_is_read_and_reported_and_gets_none()
    {
        JournalClosures.Make(_folder, CancellationToken.None);
        var segment = Segment.Of(_folder)[1];
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(segment));
        File.WriteAllText(segment, text.Replace("read-only", "read-0nly", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(segment, Start.UtcDateTime);

        var closures = Read(out var problems);

        Assert.NotEqual(0, problems);
        Assert.Contains(closures, closure => closure is { Reason: "read-0nly", IsDoubtful: true });
        File.Delete(Segment.ClosuresPath(segment));
        JournalClosures.Make(_folder, CancellationToken.None);
        Assert.False(File.Exists(Segment.ClosuresPath(segment)));
    }

    [Fact]
    public void Of_a_journal_whose_beginning_was_dropped_the_rest_is_there()
    {
        JournalKeeper.Compress(_folder, CancellationToken.None);
        var all = Read(out _);
        var kept = new FileInfo(Segment.Of(_folder)[^1]).Length + 20_000;
        Assert.NotEmpty(
            JournalKeeper.Drop(_folder, new JournalRetention(kept, null), null, long.MaxValue, default).ToList());

        var first = Segment.FirstSeq(Segment.Of(_folder)[0]);
        Assert.Equal(all.Where(closure => closure.Seq >= first), Read(out _).Where(closure => closure.Seq >= first));
    }

    private List<Closure> Read(out int problems)
    {
        var found = 0;
        var (ended, end) = JournalClosures.Read(_folder, _ => found++);
        problems = found;
        return [.. ended, .. new[] { end!.Fold.Lasting }.OfType<Closure>()];
    }

    private IReadOnlyList<Closure> Folded() => Failovers.Closures(JournalReader.Events(_folder));

    /// <summary>Opens, closes, and opens again, with the events between that a real one has.</summary>
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
