using System.Diagnostics.CodeAnalysis;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The end of a journal on disk: opened by one writer only, repaired after a crash, appended to in whole batches. When
/// a segment is full it gets its seal; the carried events and the seal are written beside the next segment; then that
/// segment begins. After a crash at any point of this, the next start continues there.
/// </summary>
public sealed class JournalFile : IDisposable
{
    private readonly string _directory;
    private readonly long _segmentBytes;
    private readonly FileStream _lock;
    private readonly Carry<byte[]> _carry = new();
    private FileStream _segment;
    private SealLine _soFar;
    private SealedSegment? _lastSealed;
    private JournalHead _head = JournalHead.None;
    private bool _isSealed;
    private long _length;
    private bool _isWriting;

    private JournalFile(string directory, long segmentBytes, FileStream @lock, FileStream segment)
    {
        (_directory, _segmentBytes, _lock, _segment) = (directory, segmentBytes, @lock, segment);
        _head = EarlierSegments.HeadOf(directory, Carry);
        _soFar = Nothing();
        foreach (var raw in RawLines.OfFile(segment.Name))
        {
            if (!raw.HasLineFeed || HashChain.Verify(raw.Bytes.Span) is not { } hash)
            {
                continue;
            }

            (_length, _isSealed) = (raw.End, SealLine.Is(raw.Bytes.Span));
            if (!_isSealed && Carry(raw.Bytes) is { } envelope)
            {
                Count(envelope, hash);
            }
        }

        Repair = TornEnd.Cut(segment, _length);
        // A daemon that was killed may have written these lines without syncing them.
        segment.Flush(flushToDisk: true);
        Exposed = JournalDisk.Protect(directory);
    }

    /// <summary>The seq of the last event on disk.</summary>
    public long Seq => Head.Seq;

    /// <summary>The last event on disk; thread-safe.</summary>
    public JournalHead Head => Volatile.Read(ref _head);

    /// <summary>What was cut off the end when the journal was opened.</summary>
    public JournalRepaired? Repair { get; }

    /// <summary>
    /// A file that other users can read and whose mode cannot be changed, because it belongs to another user; null if
    /// there is none.
    /// </summary>
    public string? Exposed { get; }

    /// <summary>The last segment sealed since the journal was opened; null if none was.</summary>
    public SealedSegment? LastSealed => Volatile.Read(ref _lastSealed);

    /// <summary>
    /// Opens the journal in a directory, creates it if there is none, and cuts a torn end after the last whole event.
    /// </summary>
    /// <exception cref="FormatException">The directory is not writable, or another daemon is writing this journal; the
    /// message is one line for people.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns the files")]
    public static JournalFile Open(string directory, long segmentBytes = Segment.DefaultBytes)
    {
        FileStream? @lock = null;
        FileStream? stream = null;
        try
        {
            JournalDisk.CreateFolder(directory);
            @lock = JournalDisk.Open(Segment.LockPath(directory), FileMode.OpenOrCreate, FileShare.None);
            var segments = Segment.Of(directory);
            var last = segments.Count == 0 || Segment.IsCompressed(segments[^1])
                ? Path.Combine(directory, Segment.Name(segments.Count == 0 ? 1 : EarlierSegments.NextSeq(segments[^1])))
                : segments[^1];
            stream = OpenSegment(last);
            JournalDisk.SyncDirectory(directory);
            return new JournalFile(directory, segmentBytes, @lock, stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            @lock?.Dispose();
            stream?.Dispose();
            throw new UnavailableException(
                e is IOException && @lock is null && File.Exists(Segment.LockPath(directory))
                    ? $"the journal in {directory} is being written by another daemon"
                    : $"the journal directory {directory} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>
    /// Writes events and waits until they are on disk. If that fails, none of them counts, and the end is cut back
    /// before the next attempt.
    /// </summary>
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

        var hash = _head.Hash;
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
    }

    /// <summary>
    /// Releases the journal for the next daemon. While a write hangs it does not, because the write may still reach the
    /// disk; the lock is then released when the process ends.
    /// </summary>
    public void Dispose()
    {
        if (!Volatile.Read(ref _isWriting))
        {
            _segment.Dispose();
            _lock.Dispose();
        }
    }

    /// <summary>
    /// Seals the segment and begins the next; the next attempt completes whatever a failure left undone.
    /// </summary>
    private void Turn()
    {
        var seal = _soFar with { Ran = _head.Ran };
        if (!_isSealed)
        {
            Write([seal.Write().Line]);
            _isSealed = true;
        }

        var next = Path.Combine(_directory, Segment.Name(Seq + 1));
        SegmentStart.Write(next, _carry.Items, seal);
        var begun = OpenSegment(next);
        try
        {
            JournalDisk.SyncDirectory(_directory);
        }
        catch (IOException)
        {
            begun.Dispose();
            throw;
        }

        var full = _segment;
        _segment = begun;
        Volatile.Write(ref _lastSealed, new SealedSegment(full.Name, Seq, _head.Hash));
        full.Dispose();
        (_length, _isSealed, _soFar) = (0, false, Nothing());
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
            // Damaged lines are reported by readers and by verify.
            return null;
        }
    }

    private void Count(Envelope envelope, string hash)
    {
        _soFar = new SealLine(
            _soFar.Events + 1,
            _soFar.Events == 0 ? envelope.Seq : _soFar.First,
            envelope.Seq,
            _soFar.Events == 0 ? envelope.At.ToString() : _soFar.FirstAt,
            envelope.At.ToString(),
            hash);
        Volatile.Write(ref _head, new JournalHead(envelope.Seq, hash, _head.Ran.At(envelope.At)));
    }

    private SealLine Nothing() => new(0, 0, 0, "", "", _head.Hash);

    private static FileStream OpenSegment(string path) =>
        JournalDisk.Open(path, FileMode.OpenOrCreate, FileShare.Read | FileShare.Delete);
}
