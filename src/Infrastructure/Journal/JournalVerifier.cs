using System.Text.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Checks that no line was changed, left out, moved or doubled: each line's own hash, its link to the line before, the
/// sequence of the numbers, and the seal of every segment but the last. It reads bytes and shares only the hash chain
/// with what writes them. It cannot show an end cut off the last segment, nor a journal written anew from the start:
/// what was noted of its heads elsewhere can.
/// </summary>
public sealed class JournalVerifier
{
    private const long TellEvery = 16 << 20;

    /// <summary>
    /// How often, and how long apart, an end that looks unfinished is looked at again: a daemon may be writing it.
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

    // The segment that is being read: its first seq, the offset up to which it was read, its events so far, and its
    // seal.
    private (long First, long Offset, long Events, SealLine? Seal) _at = (-1, 0, 0, null);

    private JournalVerifier(
        string directory, Action<long>? progress, IReadOnlyDictionary<long, string> heads, int looks) =>
        (_directory, _progress, _heads, _looks) = (directory, progress, heads, looks);

    /// <param name="progress">Told the bytes of text read so far, now and then.</param>
    /// <param name="heads">The heads, hash by seq, that the system log has of it.</param>
    /// <param name="looks">How often an end that looks unfinished is looked at.</param>
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

            // Compressed or dropped between being listed and being opened, or unfinished: the list of now says what
            // became of it.
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
    /// Goes over to a segment, when it is not the one that is being read; says what is wrong with that.
    /// </summary>
    /// <param name="oldest">The oldest segment that is there.</param>
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

            // What was read is gone meanwhile, and so is what came after it: the retention drops the oldest first.
            (_dropped, _head) = (first - 1, (first - 1, ""));
        }
        else if (_at.First >= 0 && _at.Seal is null)
        {
            return $"{Segment.Name(_at.First)}, after #{_head.Seq}: its seal is missing: an end was cut off";
        }

        _at = (first, 0, 0, null);
        return null;
    }

    /// <summary>Reads the segment on to its end; says what is wrong first.</summary>
    /// <param name="torn">What is wrong with a last line that does not end, unless it is being written.</param>
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

    /// <summary>Takes a line whose own hash is right; says what is wrong with its place.</summary>
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

        // The first line of all follows nothing; what the first one follows that is left cannot be known.
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
            // A hash can be right over bytes that are no event.
        }

        return -1;
    }
}
