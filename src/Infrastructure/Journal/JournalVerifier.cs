using System.Text.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>What a check of a whole journal found.</summary>
/// <param name="Events">How many lines are right, one after the other from the first.</param>
/// <param name="Bytes">How many bytes of text were read.</param>
/// <param name="HeadSeq">The seq and the hash of the last of them.</param>
/// <param name="Problem">What is wrong first, and where; null where nothing is.</param>
public sealed record JournalProof(long Events, long Bytes, long HeadSeq, string Head, string? Problem);

/// <summary>
/// Checks that no line was changed, left out, moved or doubled: each line's own hash, its link to the line before, the sequence of the numbers, and the
/// seal of every segment but the last. It reads bytes and shares only the hash chain with what writes them. It cannot show an end cut off the last
/// segment, nor a journal written anew from the start.
/// </summary>
public static class JournalVerifier
{
    /// <param name="progress">Told the bytes of text read so far, now and then.</param>
    public static JournalProof Verify(string directory, Action<long>? progress = null)
    {
        const long TellEvery = 16 << 20;
        var (events, bytes, told, head, hash) = (0L, 0L, 0L, 0L, "");
        JournalProof Broken(string problem) => new(events, bytes, head, hash, problem);

        var segments = Segment.Of(directory);
        foreach (var segment in segments)
        {
            var (inSegment, seal) = (0L, (SealLine?)null);
            var name = Path.GetFileName(segment);
            if (events > 0 && Segment.FirstSeq(segment) != head + 1)
            {
                return Broken($"{name}, behind #{head}: a segment is missing or was put in the place of another");
            }

            using var lines = JournalReader.Raw(segment, 0).GetEnumerator();
            while (true)
            {
                try
                {
                    if (!lines.MoveNext())
                    {
                        break;
                    }
                }
                catch (IOException e)
                {
                    return Broken($"{name}, behind #{head}: {e.Message}");
                }

                var line = lines.Current;
                var where = $"{name} at byte {line.Start}, behind #{head}";
                if (!line.HasLineFeed)
                {
                    return Broken($"{where}: a line without its end: it is being written, or was torn by a crash");
                }

                if (HashChain.Verify(line.Bytes.Span) is not { } own)
                {
                    return Broken($"{where}: these bytes are not those that were written");
                }

                if (seal is not null)
                {
                    return Broken($"{where}: a line behind the seal");
                }

                if (SealLine.Is(line.Bytes.Span))
                {
                    seal = SealLine.Read(line.Bytes)!;
                    if (seal.Events != inSegment || seal.Last != head || seal.Prev != hash)
                    {
                        return Broken($"{where}: the seal is of {seal.Events} events up to #{seal.Last}, and {inSegment} up to #{head} are there");
                    }
                }
                else
                {
                    var seq = SeqOf(line.Bytes.Span);
                    if (events > 0 && seq != head + 1)
                    {
                        return Broken($"{where}: #{seq} stands where #{head + 1} should");
                    }

                    if (HashChain.Prev(line.Bytes.Span) != (events > 0 ? hash : seq == 1 ? HashChain.Genesis : HashChain.Prev(line.Bytes.Span)))
                    {
                        return Broken($"{where}: #{seq} does not follow the line before it");
                    }

                    (events, inSegment, head, hash) = (events + 1, inSegment + 1, seq, own);
                }

                bytes += line.End - line.Start;
                if (bytes - told >= TellEvery)
                {
                    progress?.Invoke(told = bytes);
                }
            }

            if (seal is null && segment != segments[^1])
            {
                return Broken($"{name}, behind #{head}: its seal is missing: an end was cut off");
            }
        }

        return new JournalProof(events, bytes, head, hash, null);
    }

    private static long SeqOf(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("seq"u8) && reader.Read())
            {
                return reader.TryGetInt64(out var seq) ? seq : -1;
            }
        }

        return -1;
    }
}
