using System.Runtime.InteropServices;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>The end of a journal on disk: opened by one writer alone, mended where a crash tore it, appended to in whole batches.</summary>
public sealed partial class JournalFile : IDisposable
{
    private readonly FileStream _lock;
    private readonly FileStream _segment;
    private string _hash;
    private long _length;

    private JournalFile(FileStream @lock, FileStream segment, long seq, string hash, JournalRepaired? repair)
    {
        _lock = @lock;
        _segment = segment;
        _length = segment.Length;
        Seq = seq;
        _hash = hash;
        Repair = repair;
    }

    /// <summary>The seq of the last event on disk.</summary>
    public long Seq { get; private set; }

    /// <summary>What was cut off the end when it was opened.</summary>
    public JournalRepaired? Repair { get; }

    /// <summary>Opens the journal of a directory, makes it where there is none, and cuts a torn end at the last whole event.</summary>
    /// <exception cref="FormatException">The directory cannot be written, or another daemon writes it; the message is one line for people.</exception>
    public static JournalFile Open(string directory)
    {
        FileStream? @lock = null;
        try
        {
            _ = Directory.CreateDirectory(directory);
            @lock = new FileStream(Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var segments = Segment.Of(directory);
            var last = LastWhole(segments);
            var path = segments.Count > 0 ? segments[^1] : Path.Combine(directory, Segment.Name(1));
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 0);
            SyncDirectory(directory);
            var repair = Cut(stream, last is not null && last.Segment == path ? last.End : 0);
            _ = stream.Seek(0, SeekOrigin.End);
            return new JournalFile(@lock, stream, last?.Envelope!.Seq ?? 0, last?.Hash ?? HashChain.Genesis, repair);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock?.Dispose();
            var taken = e is IOException && @lock is null && Directory.Exists(directory) && File.Exists(Path.Combine(directory, "lock"));
            throw new FormatException(
                taken
                    ? $"the journal in {directory} is being written by another daemon"
                    : $"the journal directory {directory} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Writes events and waits until they are on disk. Where that fails nothing of them counts, and the end is cut back before the next try.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public void Append(IReadOnlyList<Envelope> events)
    {
        var hash = _hash;
        using var batch = new MemoryStream();
        foreach (var envelope in events)
        {
            (var line, hash) = HashChain.Seal(EventCodec.WriteOpened(envelope), hash);
            batch.Write(line);
        }

        if (_segment.Length != _length)
        {
            _segment.SetLength(_length);
        }

        _ = _segment.Seek(_length, SeekOrigin.Begin);
        _segment.Write(batch.GetBuffer().AsSpan(0, (int)batch.Length));
        _segment.Flush(flushToDisk: true);
        _length += batch.Length;
        _hash = hash;
        Seq = events[^1].Seq;
    }

    public void Dispose()
    {
        _segment.Dispose();
        _lock.Dispose();
    }

    /// <summary>The last line that is whole, going back over segments that hold none.</summary>
    private static JournalLine? LastWhole(IReadOnlyList<string> segments) =>
        segments.Reverse().Select(segment => JournalReader.Lines(segment).LastOrDefault(line => line.Hash is not null && line.Envelope is not null))
            .FirstOrDefault(line => line is not null);

    /// <summary>Cuts what follows the last whole line. Damage before that line is left as it is: it is evidence.</summary>
    private static JournalRepaired? Cut(FileStream stream, long end)
    {
        if (stream.Length == end)
        {
            return null;
        }

        var torn = new byte[stream.Length - end];
        _ = stream.Seek(end, SeekOrigin.Begin);
        stream.ReadExactly(torn);
        stream.SetLength(end);
        stream.Flush(flushToDisk: true);
        return new JournalRepaired(Path.GetFileName(stream.Name), torn.Length, HashChain.Hex(torn));
    }

    /// <summary>A new file is only there after a crash if its directory was synced too.</summary>
    private static void SyncDirectory(string directory)
    {
        const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;
        var fd = OpenFile(directory, ReadOnlyDirectoryCloseOnExec);
        if (fd >= 0)
        {
            _ = Fsync(fd);
            _ = CloseFile(fd);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int fd);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int fd);
}
