using System.Text;
using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// A line is an event or is rejected in one line; what is read and written again is the same; the fast reader of a
/// line, the thorough one and the one of its head agree.
/// </summary>
internal static class JournalLines
{
    private const string Released = "tests/Infrastructure.Tests/Journal/Released/0.1.0";

    /// <summary>One line of each event type.</summary>
    public static IEnumerable<byte[]> Seeds() =>
        JournalReader.Lines(Released, JournalFilter.All)
            .Where(line => line.Envelope is not null)
            .DistinctBy(line => line.Envelope!.Type)
            .Select(line => Opened(line.Bytes.ToArray()))
            .Append("""{"seal":{"events":3,"first":1,"last":3,"firstAt":"a","lastAt":"b"}"""u8.ToArray())
            .Append(
                """{"seal":{"events":1,"first":1,"last":1,"firstAt":"a","lastAt":"b","ran":1.5,"boot":"x","mono":2}"""u8
                    .ToArray());

    public static void Run(byte[] input)
    {
        // As an attacker who may write the file would do it: with a correct hash.
        var (sealedLine, hash) = HashChain.Seal(input, HashChain.Genesis);
        var line = sealedLine.AsSpan(0, sealedLine.Length - 1).ToArray();
        Check.Equal(hash, HashChain.Verify(line), "the hash of a line");
        Check.Equal(HashChain.Genesis, HashChain.Prev(line), "the hash before a line");
        Check.That(HashChain.Follows(line, Encoding.ASCII.GetBytes(HashChain.Genesis)), "it does not follow");
        if (SealLine.Read(line) is { } seal)
        {
            Check.Equal(seal, SealLine.Read(seal.Write().Line.AsMemory()[..^1]), "a seal written and read again");
        }

        if (Check.Refusable(() => EventCodec.Read(line.AsMemory())) is not { } read)
        {
            return;
        }

        var written = EventCodec.Write(read);
        Check.Equal(Text(written), Text(EventCodec.Write(EventCodec.Read(written))), "written and read again");
        if (read.Event is not UnknownEvent && Reordered(line) is { } slow)
        {
            Check.Equal(Text(written), Text(EventCodec.Write(EventCodec.Read(slow))), "the thorough reader");
            if (LineHead.Of(line) is { } head)
            {
                Check.Equal((read.Seq, read.At.Utc, read.Type), (head.Seq, head.At, head.Type), "the head");
            }
        }
    }

    /// <summary>The same with its fields in the other order, which the fast readers leave to the thorough one; null
    /// when it is not JSON in which each name comes once.</summary>
    private static byte[]? Reordered(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer))
            {
                Write(json, document.RootElement, isReversed: true);
            }

            return buffer.ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, JsonElement element, bool isReversed)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            element.WriteTo(json);
            return;
        }

        var properties = element.EnumerateObject().ToList();
        if (properties.Select(property => property.Name).Distinct().Count() < properties.Count)
        {
            throw new JsonException("a name comes twice");
        }

        if (isReversed)
        {
            properties.Reverse();
        }

        json.WriteStartObject();
        foreach (var property in properties)
        {
            json.WritePropertyName(property.Name);
            Write(json, property.Value, property.NameEquals("variables"));
        }

        json.WriteEndObject();
    }

    private static byte[] Opened(byte[] line) => line[..line.AsSpan().LastIndexOf(",\"prev\":"u8)];

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
