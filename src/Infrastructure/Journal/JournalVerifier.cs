using System.Text.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Checks that no line was changed, removed, moved or duplicated: each line's own hash, its link to the line before,
/// the sequence of numbers, and the seal of every segment but the last. It reads bytes and shares only the hash chain
/// with the code that writes them. It cannot detect lines removed from the end of the last segment, or a journal
/// rewritten from the start; heads recorded elsewhere can.
/// </summary>
public sealed class JournalVerifier
{
    private const long TellEvery = 16 << 20;

    /// <summary>
    /// How often, and at which interval, an end that looks unfinished is read again: a daemon may be writing it.
    /// </summary>
    public const int Looks = 10;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly string _directory;
    private readonly Action<long>? _progress;
    private readonly IReadOnlyDictionary<long, string> _heads;
    private readonly int _looks;

    private (long Events, long Bytes, long Told) _read;
    private (long Seq, string Hash) _head = (0, "");
    private long? _dropped;

    // The segment being read: its first seq, the offset reached, its events so far, and its seal.
    private (long First, long Offset, long Events, SealLine? Seal) _at = (-1, 0, 0, null);

    private JournalVerifier(
        string directory, Action<long>? progress, IReadOnlyDictionary<long, string> heads, int looks) =>
        (_directory, _progress, _heads, _looks) = (directory, progress, heads, looks);

    /// <param name="progress">Called from time to time with the number of bytes read so far.</param>
    /// <param name="heads">The journal's heads in the system log, hash by seq.</param>
    /// <param name="looks">How often an end that looks unfinished is read again.</param>
    public static JournalProof Verify(
        string directory,
        Action<long>? progress = null,
        IReadOnlyDictionary<long, string>? heads = null,
        int looks = Looks) =>
        new JournalVerifier(directory, progress, heads ?? new Dictionary<long, string>(), looks).Verify();

    private JournalProof Verify()
    {
        var problem = Walk();
        var newest = _heads.Keys.DefaultIfEmpty().Max();
        problem ??= newest > _head.Seq
            ? $"the journal ends at #{_head.Seq} and the system log has its head at #{newest}: "
                + "the newest events are missing"
            : null;
        return new JournalProof(_read.Events, _read.Bytes, _head.Seq, _head.Hash, problem)
        {
            Warning = Unfinished(),
            Dropped = _dropped,
        };
    }

    private string? Walk()
    {
        for (var look = 1; ; look++)
        {
            var (segments, torn, gone) = (Segment.Of(_directory), (string?)null, false);
            foreach (var segment in segments.Where(segment => Segment.FirstSeq(segment) >= _at.First))
            {
                using var text = SegmentText.Open(segment);
                gone = text is null;
                torn = null;
                if (gone)
                {
                    break;
                }

                var problem = Begin(segment, segments[0]) ?? Read(text!, out torn);
                if ((problem ?? (segment == segments[^1] ? null : torn)) is { } found)
                {
                    return found;
                }
            }

            if (!gone && (look >= _looks || (torn is null && Unfinished() is null)))
            {
                return torn;
            }

            // Compressed or deleted between listing and opening, or unfinished: a new listing shows which.
            Thread.Sleep(gone ? TimeSpan.Zero : BetweenLooks);
        }
    }

    private string? Unfinished() => (_read.Events, _at.Events, _at.Seal) switch
    {
        (0, _, _) => "the journal is empty: no daemon has written to it yet, or its segments were removed",
        (_, _, not null) => $"{Segment.Name(_at.First)} is sealed and no segment follows it: "
            + "the newest segments are missing, or the daemon was killed before it began the next",
        (_, 0, _) => $"{Segment.Name(_at.First)}, the last segment, is empty: "
            + "its events are missing, or the daemon was killed before it wrote any",
        _ => null,
    };

    /// <summary>
    /// Moves on to another segment and returns what is wrong with that; null if it is the current one.
    /// </summary>
    /// <param name="oldest">The oldest existing segment.</param>
    private string? Begin(string segment, string oldest)
    {
        var first = Segment.FirstSeq(segment);
        if (first == _at.First)
        {
            return null;
        }

        if (_read.Events > 0 && first != _head.Seq + 1)
        {
            if (segment != oldest)
            {
                return $"{Path.GetFileName(segment)}, after #{_head.Seq}: "
                    + "a segment is missing or was put in the place of another";
            }

            // The segment that was read, and those after it, are gone: retention deletes the oldest first.
            (_dropped, _head) = (first - 1, (first - 1, ""));
        }
        else if (_at.First >= 0 && _at.Seal is null)
        {
            return $"{Segment.Name(_at.First)}, after #{_head.Seq}: its seal is missing: an end was cut off";
        }

        _at = (first, 0, 0, null);
        return null;
    }

    /// <summary>Reads the segment to its end and returns the first problem.</summary>
    /// <param name="torn">The problem of an incomplete last line, unless it is being written.</param>
    private string? Read(SegmentText text, out string? torn)
    {
        torn = null;
        foreach (var line in text.Lines(_at.Offset))
        {
            var where = $"{Path.GetFileName(text.Path)} at byte {line.Start}, after #{_head.Seq}";
            if (line.Damage is { } damage)
            {
                return $"{where}: {damage}";
            }

            if (!line.HasLineFeed)
            {
                torn = $"{where}: a line without its end: it is being written, or was torn by a crash";
                return null;
            }

            var hash = HashChain.Verify(line.Bytes.Span);
            if ((hash is null ? SegmentReader.NotAsWritten : Take(line, hash)) is { } problem)
            {
                return $"{where}: {problem}";
            }

            _at.Offset = line.End;
            _read.Bytes += line.End - line.Start;
            if (_read.Bytes - _read.Told >= TellEvery)
            {
                _progress?.Invoke(_read.Told = _read.Bytes);
            }
        }

        return null;
    }

    /// <summary>Checks the place of a line whose own hash is correct; returns what is wrong.</summary>
    private string? Take(RawLine line, string hash)
    {
        if (_at.Seal is not null)
        {
            return "a line after the seal";
        }

        if (SealLine.Is(line.Bytes.Span))
        {
            _at.Seal = SealLine.Read(line.Bytes);
            return _at.Seal switch
            {
                null => "a seal that says nothing of what it seals",
                var seal when seal.Events != _at.Events || seal.Last != _head.Seq || seal.Prev != _head.Hash =>
                    $"the seal is of {seal.Events} events up to #{seal.Last}, "
                    + $"and {_at.Events} up to #{_head.Seq} are there",
                _ => null,
            };
        }

        var (seq, prev) = (SeqOf(line.Bytes.Span), HashChain.Prev(line.Bytes.Span));
        if (_read.Events > 0 && seq != _head.Seq + 1)
        {
            return $"#{seq} stands in the place of #{_head.Seq + 1}";
        }

        // The very first line has no predecessor. The predecessor of the first remaining line is unknown.
        if (_head.Hash.Length > 0 ? prev != _head.Hash : seq == 1 && prev != HashChain.Genesis)
        {
            return $"#{seq} does not follow the line before it";
        }

        if (_heads.TryGetValue(seq, out var noted) && noted != hash)
        {
            return $"#{seq} is not the event that the system log has as the head: the journal was rewritten";
        }

        (_read.Events, _at.Events, _head) = (_read.Events + 1, _at.Events + 1, (seq, hash));
        return null;
    }

    private static long SeqOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                var isName = reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName;
                if (isName && reader.ValueTextEquals("seq"u8) && reader.Read())
                {
                    return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var seq) ? seq : -1;
                }
            }
        }
        catch (JsonException)
        {
            // A hash can be correct although the bytes are not an event.
        }

        return -1;
    }
}
