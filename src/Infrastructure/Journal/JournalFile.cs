using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>A segment that was sealed: the seq and the hash of its last event are the journal's head then.</summary>
public sealed record SealedSegment(string Path, long HeadSeq, string Head);

/// <summary>
/// The end of a journal on disk: opened by one writer alone, mended where a crash tore it, appended to in whole batches. A segment that is full gets its
/// seal; what matters of all that is before is written beside the next one, and then that begins. A crash anywhere on the way is gone on from at the next start.
/// </summary>
public sealed partial class JournalFile : IDisposable
{
    private readonly string _directory;
    private readonly long _segmentBytes;
    private readonly FileStream _lock;
    private readonly Carry<byte[]> _carry = new();
    private FileStream _segment;
    private SealLine _soFar;
    private bool _isSealed;
    private string _hash;
    private long _length;
    private bool _isWriting;

    private JournalFile(string directory, long segmentBytes, FileStream @lock, FileStream segment)
    {
        (_directory, _segmentBytes, _lock, _segment) = (directory, segmentBytes, @lock, segment);
        (_soFar, _hash) = (Nothing(HashChain.Genesis), HashChain.Genesis);
        foreach (var line in File.Exists(Segment.CarryPath(segment.Name)) ? JournalReader.Raw(Segment.CarryPath(segment.Name), 0) : [])
        {
            Carry(line.Bytes);
        }

        // What follows a sealed segment that was not begun yet follows its last event.
        var before = Segment.Of(directory).LastOrDefault(path => Segment.FirstSeq(path) < Segment.FirstSeq(segment.Name));
        if (before is not null && segment.Length == 0)
        {
            foreach (var raw in JournalReader.Raw(before, 0))
            {
                _hash = SealLine.Is(raw.Bytes.Span) ? HashChain.Prev(raw.Bytes.Span)! : HashChain.Verify(raw.Bytes.Span) ?? _hash;
            }

            Seq = Segment.FirstSeq(segment.Name) - 1;
        }

        _soFar = Nothing(_hash);
        foreach (var raw in JournalReader.Raw(segment.Name, 0))
        {
            if (!raw.HasLineFeed || HashChain.Verify(raw.Bytes.Span) is not { } hash)
            {
                continue;
            }

            (_length, _isSealed) = (raw.End, SealLine.Is(raw.Bytes.Span));
            if (!_isSealed && Carry(raw.Bytes) is { } envelope)
            {
                (_hash, Seq) = (hash, envelope.Seq);
                Count(envelope, hash);
            }
        }

        Repair = Cut(segment, _length);
    }

    /// <summary>The seq of the last event on disk.</summary>
    public long Seq { get; private set; }

    /// <summary>What was cut off the end when it was opened.</summary>
    public JournalRepaired? Repair { get; }

    /// <summary>The last segment that was sealed since the file was opened; null for none.</summary>
    public SealedSegment? LastSealed { get; private set; }

    /// <summary>Opens the journal of a directory, makes it where there is none, and cuts a torn end at the last whole event.</summary>
    /// <exception cref="FormatException">The directory cannot be written, or another daemon writes it; the message is one line for people.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns the files")]
    public static JournalFile Open(string directory, long segmentBytes = Segment.DefaultBytes)
    {
        FileStream? @lock = null;
        try
        {
            _ = Directory.CreateDirectory(directory);
            @lock = new FileStream(LockPath(directory), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var segments = Segment.Of(directory);
            var last = segments.Count == 0 || Segment.IsCompressed(segments[^1])
                ? Path.Combine(directory, Segment.Name(segments.Count == 0 ? 1 : NextSeq(segments[^1])))
                : segments[^1];
            var stream = OpenSegment(last);
            SyncDirectory(directory);
            return new JournalFile(directory, segmentBytes, @lock, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock?.Dispose();
            throw new UnavailableException(
                e is IOException && @lock is null && File.Exists(LockPath(directory))
                    ? $"the journal in {directory} is being written by another daemon"
                    : $"the journal directory {directory} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Writes events and waits until they are on disk. Where that fails nothing of them counts, and the end is cut back before the next try.</summary>
    /// <exception cref="IOException">The disk is full, read-only or broken.</exception>
    public void Append(IReadOnlyList<Envelope> events)
    {
        Volatile.Write(ref _isWriting, true);
        try
        {
            AppendWhole(events);
        }
        finally
        {
            Volatile.Write(ref _isWriting, false);
        }
    }

    private void AppendWhole(IReadOnlyList<Envelope> events)
    {
        if (_isSealed || _length >= _segmentBytes)
        {
            Turn();
        }

        var hash = _hash;
        var lines = new List<(Envelope Envelope, byte[] Line, string Hash)>(events.Count);
        foreach (var envelope in events)
        {
            (var line, hash) = HashChain.Seal(EventCodec.WriteOpened(envelope), hash);
            lines.Add((envelope, line, hash));
        }

        Write([.. lines.Select(line => line.Line)]);
        foreach (var (envelope, line, own) in lines)
        {
            _carry.Take(envelope, line);
            Count(envelope, own);
        }

        _hash = hash;
        Seq = events[^1].Seq;
    }

    /// <summary>
    /// Leaves the journal to the next daemon; not while a write hangs, which may still reach the disk: then the lock
    /// goes with the process.
    /// </summary>
    public void Dispose()
    {
        if (!Volatile.Read(ref _isWriting))
        {
            _segment.Dispose();
            _lock.Dispose();
        }
    }

    /// <summary>Seals the segment and begins the next; what of that a failure left undone is done at the next try.</summary>
    private void Turn()
    {
        if (!_isSealed)
        {
            Write([_soFar.Write().Line]);
            _isSealed = true;
        }

        var next = Path.Combine(_directory, Segment.Name(Seq + 1));
        WriteWhole(Segment.CarryPath(next), _carry.Items);
        var full = _segment;
        _segment = OpenSegment(next);
        SyncDirectory(_directory);
        LastSealed = new SealedSegment(full.Name, Seq, _hash);
        full.Dispose();
        (_length, _isSealed, _soFar) = (0, false, Nothing(_hash));
    }

    private void Write(List<byte[]> lines)
    {
        using var batch = new MemoryStream();
        lines.ForEach(line => batch.Write(line));
        if (_segment.Length != _length)
        {
            _segment.SetLength(_length);
        }

        _ = _segment.Seek(_length, SeekOrigin.Begin);
        _segment.Write(batch.GetBuffer().AsSpan(0, (int)batch.Length));
        _segment.Flush(flushToDisk: true);
        _length += batch.Length;
    }

    private Envelope? Carry(ReadOnlyMemory<byte> line)
    {
        try
        {
            var envelope = EventCodec.Read(line);
            _carry.Take(envelope, [.. line.Span, (byte)'\n']);
            return envelope;
        }
        catch (FormatException)
        {
            // A damaged line is named by whoever reads or verifies it.
            return null;
        }
    }

    private void Count(Envelope envelope, string hash) => _soFar = new SealLine(
        _soFar.Events + 1, _soFar.Events == 0 ? envelope.Seq : _soFar.First, envelope.Seq,
        _soFar.Events == 0 ? envelope.At.ToString() : _soFar.FirstAt, envelope.At.ToString(), hash);

    private static SealLine Nothing(string hash) => new(0, 0, 0, "", "", hash);

    private static string LockPath(string directory) => Path.Combine(directory, "lock");

    private static FileStream OpenSegment(string path) => new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, 0);

    private static long NextSeq(string sealedSegment) =>
        JournalReader.Raw(sealedSegment, 0).Where(raw => SealLine.Is(raw.Bytes.Span)).Select(raw => SealLine.Read(raw.Bytes)).LastOrDefault()?.Last + 1
            ?? throw new IOException($"{sealedSegment} is compressed and has no seal: it is damaged");

    /// <summary>Cuts what follows the last whole line. Damage before that line is left as it is: it is evidence.</summary>
    private static JournalRepaired? Cut(FileStream stream, long end)
    {
        if (stream.Length == end)
        {
            return null;
        }

        var cut = stream.Length - end;
        _ = stream.Seek(end, SeekOrigin.Begin);
        var hash = HashChain.Hex(stream);
        stream.SetLength(end);
        stream.Flush(flushToDisk: true);
        return new JournalRepaired(Path.GetFileName(stream.Name), cut, hash);
    }

    private static void WriteWhole(string path, IEnumerable<byte[]> lines)
    {
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            foreach (var line in lines)
            {
                file.Write(line);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>A new file is only there after a crash if its directory was synced too.</summary>
    internal static void SyncDirectory(string directory)
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
