using System.Runtime.CompilerServices;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>A line of a journal: the event, or why it is none.</summary>
/// <param name="End">The offset in the segment behind the line and its line feed.</param>
/// <param name="Hash">The line's hash where its bytes are as they were written; null where they are not.</param>
public sealed record JournalLine(string Segment, long Start, long End, ReadOnlyMemory<byte> Bytes, Envelope? Envelope, string? Hash, string? Problem);

/// <summary>Reads a journal line by line while somebody may be writing it; memory does not grow with it.</summary>
public static class JournalReader
{
    /// <summary>A line longer than this is damage: no event is nearly so long.</summary>
    private const int MaxLineBytes = 1 << 20;

    private static readonly TimeSpan FollowEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Every event that can be read, oldest first.</summary>
    public static IEnumerable<Envelope> Events(string directory) =>
        Segment.Of(directory).SelectMany(Lines).Where(line => line.Envelope is not null).Select(line => line.Envelope!);

    /// <summary>Every line that is there, and then each as it is written, until cancelled; a line that is half written is waited for.</summary>
    public static async IAsyncEnumerable<JournalLine> FollowAsync(
        string directory, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? segment = null;
        var read = 0L;
        while (true)
        {
            var newer = Segment.Of(directory).FirstOrDefault(name => segment is null || string.CompareOrdinal(name, segment) > 0);
            foreach (var line in segment is null ? [] : LinesFrom(segment, read))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (line.End - line.Start > line.Bytes.Length)
                {
                    read = line.End;
                    yield return line;
                }
            }

            // The newer one was there before the older was read to its end: nothing can follow in the older.
            (segment, read) = newer is null ? (segment, read) : (newer, 0);
            if (newer is null)
            {
                await Task.Delay(FollowEvery, time, cancellationToken);
            }
        }
    }

    /// <summary>Every line of a segment, damaged ones too; a last line without its line feed is one that is being written, or torn.</summary>
    public static IEnumerable<JournalLine> Lines(string segment) => LinesFrom(segment, 0);

    private static IEnumerable<JournalLine> LinesFrom(string segment, long start)
    {
        using var stream = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        _ = stream.Seek(start, SeekOrigin.Begin);
        var line = new List<byte>(1024);
        var buffer = new byte[1 << 16];
        while (stream.Read(buffer) is > 0 and var read)
        {
            for (var rest = buffer.AsMemory(0, read); !rest.IsEmpty;)
            {
                var end = rest.Span.IndexOf((byte)'\n');
                var part = rest[..(end < 0 ? rest.Length : end)];
                line.AddRange(part.Span);
                rest = rest[Math.Min(rest.Length, part.Length + 1)..];
                if (end >= 0)
                {
                    yield return Line(segment, start, [.. line], hasLineFeed: true);
                    start += line.Count + 1;
                    line.Clear();
                }
                else if (line.Count > MaxLineBytes)
                {
                    throw new IOException($"{segment}: the line at byte {start} is longer than {MaxLineBytes} bytes: this is no journal");
                }
            }
        }

        if (line.Count > 0)
        {
            yield return Line(segment, start, [.. line], hasLineFeed: false);
        }
    }

    private static JournalLine Line(string segment, long start, byte[] bytes, bool hasLineFeed)
    {
        var end = start + bytes.Length + (hasLineFeed ? 1 : 0);
        var hash = hasLineFeed ? HashChain.Verify(bytes) : null;
        try
        {
            return new JournalLine(
                segment, start, end, bytes, EventCodec.Read(bytes), hash, hash is null ? "its bytes are not those that were written" : null);
        }
        catch (FormatException e)
        {
            return new JournalLine(segment, start, end, bytes, null, null, e.Message);
        }
    }
}
