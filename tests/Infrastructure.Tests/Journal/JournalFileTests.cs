using System.IO.Compression;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>How a journal turns from one segment to the next, and where it goes on after a failure.</summary>
public sealed class JournalFileTests : IDisposable
{
    private const long OneEvent = 1;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-file").FullName;

    private string Folder => Path.Combine(_root, "journal");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_seal_counts_the_events_of_its_segment_and_names_the_first_and_the_last()
    {
        using (var file = JournalFile.Open(Folder))
        {
            file.Append([Event(1), Event(2)]);
            Assert.Null(file.LastSealed);
        }

        using var again = JournalFile.Open(Folder, OneEvent);
        var head = again.Head;
        again.Append([Event(3)]);
        again.Append([Event(4)]);

        var seals = Segment.Of(Folder).SkipLast(1).Select(SealOf).ToList();
        Assert.Equal((2L, 1L, 2L), (seals[0].Events, seals[0].First, seals[0].Last));
        Assert.Equal((Event(1).At.ToString(), Event(2).At.ToString()), (seals[0].FirstAt, seals[0].LastAt));
        Assert.Equal((head.Hash, head.Ran), (seals[0].Prev, seals[0].Ran));
        Assert.Equal((1L, 3L, 3L), (seals[1].Events, seals[1].First, seals[1].Last));
        Assert.Equal((Event(3).At.ToString(), Event(3).At.ToString()), (seals[1].FirstAt, seals[1].LastAt));
        Assert.Equal((Segment.Of(Folder)[1], 3L), (again.LastSealed!.Path, again.LastSealed.HeadSeq));
        Assert.Equal(seals[1].Prev, again.LastSealed.Head);
    }

    [Fact]
    public void A_turn_that_failed_after_the_seal_is_completed_without_a_second_seal()
    {
        using var file = JournalFile.Open(Folder, OneEvent);
        file.Append([Event(1)]);
        // Nothing can be written beside the next segment.
        var obstacle = Segment.CarryPath(Path.Combine(Folder, Segment.Name(2))) + JournalDisk.Unfinished;
        Directory.CreateDirectory(obstacle);
        Assert.Throws<UnauthorizedAccessException>(() => file.Append([Event(2)]));
        Assert.Throws<UnauthorizedAccessException>(() => file.Append([Event(2)]));

        Directory.Delete(obstacle);
        file.Append([Event(2)]);

        _ = SealOf(Segment.Of(Folder)[0]);
        Assert.Equal([1, 2], Seqs());
        Assert.Null(JournalVerifier.Verify(Folder).Problem);
    }

    [Fact]
    public void What_a_failed_write_left_behind_the_last_event_is_gone_after_the_next_one()
    {
        using var file = JournalFile.Open(Folder);
        file.Append([Event(1)]);
        using (var left = new FileStream(Segment.Of(Folder)[0], new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
        }))
        {
            left.Write(new byte[10_000]);
        }

        file.Append([Event(2)]);

        Assert.Equal([1, 2], Seqs());
        Assert.DoesNotContain((byte)0, File.ReadAllBytes(Segment.Of(Folder)[0]));
    }

    [Fact]
    public void A_journal_whose_last_segment_is_compressed_goes_on_after_its_seal()
    {
        using (var file = JournalFile.Open(Folder, OneEvent))
        {
            file.Append([Event(1)]);
            file.Append([Event(2)]);
        }

        var (first, last) = (Segment.Of(Folder)[0], Segment.Of(Folder)[1]);
        using (var gzip = new GZipStream(File.Create(Segment.CompressedPath(first)), CompressionLevel.Fastest))
        {
            gzip.Write(File.ReadAllBytes(first));
        }

        File.Delete(first);
        File.Delete(last);

        using var again = JournalFile.Open(Folder);
        again.Append([Event(2)]);

        Assert.Equal(Segment.Name(2), Path.GetFileName(Segment.Of(Folder)[1]));
        Assert.Equal([1, 2], Seqs());
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_not_another_daemon()
    {
        File.WriteAllText(Folder, "a file");

        var error = Assert.Throws<UnavailableException>(() => JournalFile.Open(Folder));

        Assert.Contains("cannot be written", error.Message);
    }

    /// <summary>The lock is released again: what was in the way can be removed, and the next attempt works.</summary>
    [Fact]
    public void A_segment_that_cannot_be_opened_is_not_another_daemon()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Segment.CompressedPath(Path.Combine(Folder, Segment.Name(1))), "");

        var error = Assert.Throws<UnavailableException>(() => JournalFile.Open(Folder));

        Assert.Contains("cannot be written", error.Message);
        File.Delete(Segment.CompressedPath(Path.Combine(Folder, Segment.Name(1))));
        JournalFile.Open(Folder).Dispose();
    }

    private IEnumerable<long> Seqs() => JournalReader.Events(Folder).Select(envelope => envelope.Seq);

    private static SealLine SealOf(string segment)
    {
        var lines = RawLines.OfFile(segment).Where(raw => SealLine.Is(raw.Bytes.Span));
        return Assert.Single(lines.Select(raw => SealLine.Read(raw.Bytes)))!;
    }

    private static Envelope Event(long seq) => new(
        seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), "n1",
        new Annotated(seq, "alice", "planned"), null, null, null);
}
