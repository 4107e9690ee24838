using System.Text.Json;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>What a check of a whole journal found.</summary>
/// <param name="Events">How many lines are right, one after the other from the first.</param>
/// <param name="Head">The seq and the hash of the last of them.</param>
/// <param name="Problem">What is wrong first, and where; null where nothing is.</param>
public sealed record JournalProof(long Events, long Bytes, long HeadSeq, string Head, string? Problem);

/// <summary>
/// Checks that no line was changed, left out, moved or doubled: each line's own hash, its link to the line before, and the sequence of the numbers.
/// It reads bytes and shares only the hash chain with what writes them. It cannot show a cut end, nor a journal written anew from the start.
/// </summary>
public static class JournalVerifier
{
    /// <param name="progress">Told the bytes read so far, now and then.</param>
    public static JournalProof Verify(string directory, Action<long>? progress = null)
    {
        const long TellEvery = 16 << 20;
        var (events, bytes, told, head, hash) = (0L, 0L, 0L, 0L, "");
        foreach (var segment in Segment.Of(directory))
        {
            foreach (var line in JournalReader.Lines(segment))
            {
                var name = $"{Path.GetFileName(segment)} at byte {line.Start}, behind #{head}";
                if (line.End - line.Start == line.Bytes.Length)
                {
                    return Broken($"{name}: a line without its end: it is being written, or was torn by a crash");
                }

                if (HashChain.Verify(line.Bytes.Span) is not { } own)
                {
                    return Broken($"{name}: these bytes are not those that were written");
                }

                var seq = SeqOf(line.Bytes.Span);
                if (events > 0 && seq != head + 1)
                {
                    return Broken($"{name}: #{seq} stands where #{head + 1} should");
                }

                if (HashChain.Prev(line.Bytes.Span) != (events > 0 ? hash : seq == 1 ? HashChain.Genesis : HashChain.Prev(line.Bytes.Span)))
                {
                    return Broken($"{name}: #{seq} does not follow the line before it");
                }

                (events, bytes, head, hash) = (events + 1, bytes + line.End - line.Start, seq, own);
                if (bytes - told >= TellEvery)
                {
                    progress?.Invoke(told = bytes);
                }
            }
        }

        return new JournalProof(events, bytes, head, hash, null);

        JournalProof Broken(string problem) => new(events, bytes, head, hash, problem);
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
