using System.Buffers;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// The two fields that end each journal line, <c>,"prev":"…","hash":"…"}</c>: their form, which the hash chain and the
/// reader of envelopes share.
/// </summary>
internal static class ChainFields
{
    /// <summary>A SHA-256 in hexadecimal.</summary>
    public const int HexLength = 64;

    private static readonly SearchValues<byte> Hexadecimal = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Comes before the hash of the line before.</summary>
    public static ReadOnlySpan<byte> PrevMark => ",\"prev\":\""u8;

    /// <summary>Comes before the line's own hash; the quote that ends prev is before it.</summary>
    public static ReadOnlySpan<byte> HashMark => ",\"hash\":\""u8;

    /// <summary>Ends a line, without its line feed.</summary>
    public static ReadOnlySpan<byte> End => "\"}"u8;

    /// <summary>The length of everything from <see cref="HashMark"/> on.</summary>
    public static int HashLength => HashMark.Length + HexLength + End.Length;

    /// <summary>Where these fields begin in a line; null if it does not end with them.</summary>
    public static int? StartOf(ReadOnlySpan<byte> line)
    {
        var start = line.Length - HashLength - 1 - HexLength - PrevMark.Length;
        if (start < 0 || !line[start..].StartsWith(PrevMark) || !line[^HashLength..].StartsWith(HashMark)
            || line[^(HashLength + 1)] != '"' || !line.EndsWith(End))
        {
            return null;
        }

        var prev = line.Slice(start + PrevMark.Length, HexLength);
        var hash = line[^(End.Length + HexLength)..^End.Length];
        return prev.ContainsAnyExcept(Hexadecimal) || hash.ContainsAnyExcept(Hexadecimal) ? null : start;
    }
}
