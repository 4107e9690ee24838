namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// A line as raw bytes. They are in a buffer that the next line overwrites, so copy them to keep them.
/// </summary>
/// <param name="Bytes">Empty if the line is too long to be valid.</param>
/// <param name="Damage">Why nothing can be read from here on; null for a line.</param>
internal readonly record struct RawLine(
    long Start, long End, ReadOnlyMemory<byte> Bytes, bool HasLineFeed, string? Damage = null);

/// <summary>Splits a text into its lines; memory use does not grow with its size.</summary>
internal static class RawLines
{
    /// <summary>A longer line is damage, and nothing of it is kept. No event comes near this length.</summary>
    private const int MaxLineBytes = 1 << 20;

    private const string NotAsWritten = "its compressed file was modified after it was written";
    private const string EndIsMissing = "its end is missing";

    /// <summary>The lines of exactly this file, including seals; for maintenance.</summary>
    /// <exception cref="IOException">It cannot be read to its end.</exception>
    public static IEnumerable<RawLine> OfFile(string path)
    {
        using var stream = Segment.Open(path);
        foreach (var line in Of(stream, 0, long.MaxValue))
        {
            if (line.Damage is { } damage)
            {
                throw new IOException($"{path}: {damage}");
            }

            yield return line;
        }
    }

    /// <summary>The lines of a text. If it cannot be read to its end, the last one says so.</summary>
    /// <param name="start">The offset of its first byte.</param>
    /// <param name="length">The expected length; the largest number if unknown.</param>
    public static IEnumerable<RawLine> Of(Stream stream, long start, long length)
    {
        var buffer = new byte[1 << 16];
        var (from, to, passed) = (0, 0, 0L);
        while (length > 0)
        {
            var end = buffer.AsSpan(from, to - from).IndexOf((byte)'\n');
            if (end >= 0)
            {
                var size = passed + end + 1;
                var line = passed > 0 ? default : buffer.AsMemory(from, end);
                yield return new RawLine(start, start + size, line, HasLineFeed: true);
                (start, length, passed) = (start + size, length - size, 0);
                from += end + 1;
                continue;
            }

            if (to - from > MaxLineBytes)
            {
                passed += to - from;
                from = to;
            }

            buffer.AsSpan(from, to - from).CopyTo(buffer);
            (from, to) = (0, to - from);
            if (to == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var (read, damage) = ReadSome(stream, buffer.AsSpan(to));
            if (read == 0)
            {
                damage ??= length < long.MaxValue / 2 ? EndIsMissing : null;
                if (passed + to > 0 || damage is not null)
                {
                    var left = passed > 0 || damage is not null ? default : buffer.AsMemory(0, to);
                    yield return new RawLine(start, start + passed + to, left, HasLineFeed: false, damage);
                }

                yield break;
            }

            to += read;
        }
    }

    private static (int Read, string? Damage) ReadSome(Stream stream, Span<byte> buffer)
    {
        try
        {
            return (stream.Read(buffer), null);
        }
        catch (InvalidDataException)
        {
            return (0, NotAsWritten);
        }
        catch (IOException e)
        {
            return (0, e.Message);
        }
    }
}
