using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What is dropped from a journal and when: on a full disk, and whatever the wall clock shows.</summary>
public sealed class RetentionTests : IDisposable
{
    private const long Small = 64 << 10;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly JournalRetention AWeek = new(long.MaxValue / 4, TimeSpan.FromDays(7));

    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-retention").FullName;

    private string Folder => Path.Combine(_root, "journal");

    public void Dispose()
    {
        _ = Shell.Try("umount", ["-l", Folder]);
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>A real disk that is really full, with no room even for an index or a compressed segment.</summary>
    [Fact]
    public void On_a_full_disk_the_oldest_segments_are_deleted_and_writing_works_again()
    {
        Directory.CreateDirectory(Folder);
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=1m", "none", Folder]);
        using var file = JournalFile.Open(Folder, Small);
        var seq = 0;
        try
        {
            while (true)
            {
                file.Append([Envelope(++seq, TimeSpan.FromSeconds(seq))]);
            }
        }
        catch (IOException)
        {
            // Full.
        }

        var segments = Segment.Of(Folder);
        Assert.Throws<IOException>(() => JournalKeeper.Compress(Folder, CancellationToken.None));
        Assert.DoesNotContain(Directory.GetFiles(Folder), path => path.EndsWith(".new", StringComparison.Ordinal));

        var dropped = Drop(new JournalRetention(Small * 6, null), file.Head);

        Assert.InRange(dropped.Count, 3, segments.Count - 2);
        file.Append([Envelope(seq, TimeSpan.FromSeconds(seq))]);
        JournalKeeper.Compress(Folder, CancellationToken.None);
        Assert.All(Segment.Of(Folder).SkipLast(2), segment => Assert.True(Segment.IsCompressed(segment)));
        Assert.Null(JournalVerifier.Verify(Folder).Problem);
    }

    [Fact]
    public void A_wall_clock_that_jumps_deletes_nothing_by_age()
    {
        // The jump is in the journal itself, forwards and back; in total the host has run for an hour.
        using var file = JournalFile.Open(Folder, Small);
        for (var seq = 1; seq <= 3600; seq++)
        {
            var jump = seq is > 1000 and < 2000 ? TimeSpan.FromDays(40) : seq is >= 2000 and < 2500
                ? TimeSpan.FromDays(-400) : default;
            file.Append([Envelope(seq, TimeSpan.FromSeconds(seq), jump: jump)]);
        }

        Assert.InRange(Segment.Of(Folder).Count, 10, 100);
        Assert.Empty(Drop(AWeek, file.Head));
        Assert.Empty(Drop(AWeek, file.Head, new Instant(Start.AddDays(40), TimeSpan.FromHours(2), "b")));
    }

    [Fact]
    public void Age_is_the_time_that_the_host_ran_summed_over_its_boots()
    {
        Write(1, 500, seq => (TimeSpan.FromDays(100) + TimeSpan.FromSeconds(seq), "first"));
        var old = Segment.Of(Folder).SkipLast(1).ToList();
        Write(501, 10, seq => (TimeSpan.FromDays(4) + TimeSpan.FromSeconds(seq), "second"));
        using var file = JournalFile.Open(Folder, Small);

        // 4 days in the second boot and some hours in the third; how long the host was off between them is unknown.
        Assert.Empty(Drop(AWeek, file.Head, new Instant(Start.AddDays(400), TimeSpan.FromHours(71), "third")));
        var dropped = Drop(AWeek, file.Head, new Instant(Start, TimeSpan.FromHours(73), "third"));
        Assert.Equal(old, dropped.Select(segment => segment.Path));
    }

    [Fact]
    public void Age_continues_over_restarts_and_deleted_segments()
    {
        for (var day = 0; day < 30; day++)
        {
            Write((day * 200) + 1, 200, seq => (TimeSpan.FromDays(seq / 200.0), "b"));
            using var file = JournalFile.Open(Folder, Small);
            _ = Drop(AWeek, file.Head);
            Assert.InRange(file.Head.Ran.Total.TotalDays, day + 0.99, day + 1.01);
        }

        var kept = JournalReader.Events(Folder).First().At.Monotonic;
        Assert.InRange((TimeSpan.FromDays(30) - kept).TotalDays, 7, 9);
        Assert.Null(JournalVerifier.Verify(Folder).Problem);
    }

    [Fact]
    public void A_journal_of_an_older_version_ages_from_the_upgrade()
    {
        Write(1, 1000, seq => (TimeSpan.FromSeconds(seq), "b"));
        foreach (var carry in Directory.GetFiles(Folder, "*.carry"))
        {
            var lines = File.ReadAllLines(carry).Where(line => !line.StartsWith("{\"seal\"", StringComparison.Ordinal));
            File.WriteAllLines(carry, lines);
        }

        using var file = JournalFile.Open(Folder, Small);

        Assert.InRange(file.Head.Ran.Total.TotalSeconds, 0, 200);
        Assert.Empty(Drop(AWeek, file.Head, new Instant(Start, TimeSpan.FromDays(6.9), "b")));
        Assert.NotEmpty(Drop(AWeek, file.Head, new Instant(Start, TimeSpan.FromDays(7.1), "b")));
    }

    [Fact]
    public void What_just_reaches_a_limit_stays()
    {
        Write(1, 500, seq => (TimeSpan.FromSeconds(seq), "b"));
        using var file = JournalFile.Open(Folder, Small);
        var all = Directory.GetFiles(Folder).Where(path => Segment.SeqInName(path) is not null)
            .Sum(path => new FileInfo(path).Length);

        Assert.Empty(Drop(new JournalRetention(all, Oldest()), file.Head));
        Assert.Empty(JournalKeeper.Drop(
            Folder, new JournalRetention(all / 2 + all % 2, null), 0, file.Head.Seq, file.Head.Ran));
        Assert.Single(Drop(new JournalRetention(all - 1, null), file.Head));
        Assert.Single(Drop(new JournalRetention(all, Oldest() - TimeSpan.FromTicks(1)), file.Head));

        TimeSpan Oldest() => file.Head.Ran.Total - SegmentStart.Ran(Segment.Of(Folder)[1])!.Value.Total;
    }

    [Fact]
    public void An_empty_journal_has_nothing_to_delete()
    {
        Directory.CreateDirectory(Folder);

        Assert.Empty(Drop(new JournalRetention(1, null), JournalHead.None));
    }

    [Fact]
    public void The_newest_sealed_segment_stays_until_the_next_has_an_event_on_disk()
    {
        Write(1, 1000, seq => (TimeSpan.FromSeconds(seq), "b"));
        var last = Segment.Of(Folder)[^1];
        using (var torn = new FileStream(last, FileMode.Open))
        {
            torn.SetLength(0);
        }

        using var file = JournalFile.Open(Folder, Small);
        _ = Drop(new JournalRetention(1, null), file.Head);

        Assert.Equal(2, Segment.Of(Folder).Count);
        file.Append([Envelope((int)Segment.FirstSeq(last), TimeSpan.FromSeconds(1001))]);
        _ = Drop(new JournalRetention(1, null), file.Head);
        Assert.Equal([last], Segment.Of(Folder));
    }

    [Fact]
    public void Remains_of_a_segment_whose_deletion_crashed_are_deleted()
    {
        Write(1, 1000, seq => (TimeSpan.FromSeconds(seq), "b"));
        JournalKeeper.Compress(Folder, CancellationToken.None);
        var first = Segment.Of(Folder)[0];
        File.WriteAllText(first[..^3], Shell.Run("zcat", [first]));
        File.Delete(Segment.Of(Folder)[1]);
        File.Delete(Segment.CarryPath(Segment.Of(Folder)[1]));
        using var file = JournalFile.Open(Folder, Small);

        _ = Drop(new JournalRetention(1, null), file.Head);
        _ = Drop(new JournalRetention(1, null), file.Head);

        Assert.Equal(["lock", .. NamesOf(Segment.Of(Folder)[^1])], Directory.GetFiles(Folder)
            .Select(Path.GetFileName).Order().Reverse());

        static IEnumerable<string> NamesOf(string segment) =>
            [Path.GetFileName(segment), Path.GetFileName(Segment.CarryPath(segment))];
    }

    private List<DroppedSegment> Drop(JournalRetention retention, JournalHead head, Instant? now = null) =>
        [.. JournalKeeper.Drop(Folder, retention, null, head.Seq, now is { } moment ? head.Ran.At(moment) : head.Ran)];

    private void Write(int first, int count, Func<int, (TimeSpan Monotonic, string Boot)> at)
    {
        using var file = JournalFile.Open(Folder, Small);
        foreach (var seq in Enumerable.Range(first, count))
        {
            var (monotonic, boot) = at(seq);
            file.Append([Envelope(seq, monotonic, boot)]);
        }
    }

    private static Envelope Envelope(int seq, TimeSpan monotonic, string boot = "b", TimeSpan jump = default) => new(
        seq, new Instant(Start + monotonic + jump, monotonic, boot), "n1",
        new VerdictChanged(new Verdict(Reasons.ReadOnly, NodeState.Synced)), null, null, null);
}
