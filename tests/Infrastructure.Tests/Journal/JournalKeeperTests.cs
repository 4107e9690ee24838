using System.IO.Compression;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What compressing leaves behind, when something is in the way too.</summary>
public sealed class JournalKeeperTests : IDisposable
{
    private readonly SmallJournal _journal = new();

    private string Folder => _journal.Folder;

    public void Dispose() => _journal.Dispose();

    [Fact]
    public void A_compressed_segment_has_the_same_text_and_only_the_files_of_that_form()
    {
        Write(4);
        var first = Segment.Of(Folder)[0];
        var text = File.ReadAllBytes(first);
        File.WriteAllText(Segment.IndexPath(first), "of the plain form");

        JournalKeeper.Compress(Folder, CancellationToken.None);

        var compressed = Segment.CompressedPath(first);
        Assert.Equal(text, TextOf(compressed));
        Assert.NotNull(SegmentIndex.Read(compressed));
        Assert.False(File.Exists(first) || File.Exists(Segment.IndexPath(first)));
    }

    [Fact]
    public void Compressing_can_be_cancelled_between_segments()
    {
        Write(4);
        var files = Directory.GetFiles(Folder).Order().ToList();

        Assert.Throws<OperationCanceledException>(
            () => JournalKeeper.Compress(Folder, new CancellationToken(canceled: true)));

        Assert.Equal(files, Directory.GetFiles(Folder).Order());
    }

    [Theory]
    [InlineData(".jsonl.gz", 0)]
    [InlineData(".summary", 1)]
    public void What_cannot_be_written_is_reported_once_all_others_are(string kind, int which)
    {
        Write(5);
        var name = Path.GetFileNameWithoutExtension(Segment.Of(Folder)[which]);
        var obstacle = Path.Combine(Folder, name + kind + JournalDisk.Unfinished);
        Directory.CreateDirectory(obstacle);

        var error = Assert.Throws<IOException>(() => JournalKeeper.Compress(Folder, CancellationToken.None));

        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Equal(
            new[] { true, true, true, false, false }.Select((done, i) => done && (kind == ".summary" || i != which)),
            Segment.Of(Folder).Select(Segment.IsCompressed));
        Directory.Delete(obstacle);
        JournalKeeper.Compress(Folder, CancellationToken.None);
        Assert.All(Segment.Of(Folder).SkipLast(2), one => Assert.True(Segment.IsCompressed(one)));
        Assert.All(Segment.Of(Folder).SkipLast(1), one => Assert.NotNull(SegmentSummary.Read(one)));
    }

    /// <summary>All of it is one block, because no line has a seq.</summary>
    [Fact]
    public void Megabytes_that_are_no_events_are_kept_as_they_are()
    {
        Write(3);
        var first = Segment.Of(Folder)[0];
        File.AppendAllText(first, string.Concat(Enumerable.Repeat(new string('x', 99) + "\n", 40_000)));
        var text = File.ReadAllBytes(first);

        JournalKeeper.Compress(Folder, CancellationToken.None);

        Assert.Equal(text, TextOf(Segment.CompressedPath(first)));
        Assert.Single(SegmentIndex.Read(Segment.CompressedPath(first))!);
    }

    /// <summary>Its segments were removed by hand.</summary>
    [Fact]
    public void Without_a_segment_nothing_is_dropped_or_compressed()
    {
        var left = Path.Combine(Folder, "00000000000000000001.summary");
        File.WriteAllText(left, "");

        Assert.Empty(JournalKeeper.Drop(Folder, new JournalRetention(1, null), null, long.MaxValue, default));
        JournalKeeper.Compress(Folder, CancellationToken.None);

        Assert.True(File.Exists(left));
    }

    private static byte[] TextOf(string compressed)
    {
        using var gzip = new GZipStream(File.OpenRead(compressed), CompressionMode.Decompress);
        using var text = new MemoryStream();
        gzip.CopyTo(text);
        return text.ToArray();
    }

    /// <summary>Each event is a segment of its own.</summary>
    private void Write(int count) => _journal.Write([.. Enumerable.Range(1, count).Select(seq => new[] { seq })]);
}
