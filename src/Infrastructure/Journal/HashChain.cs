using System.Security.Cryptography;
using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Json;
using static GaleraGate.Infrastructure.Json.ChainFields;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The hash chain over the journal's bytes. A line ends with <c>,"prev":"…","hash":"…"}</c>. The hash is SHA-256 over
/// the line's bytes before <c>,"hash":</c>, and prev, which is part of those bytes, is the hash of the line before.
/// Verifying does not serialise anything again.
/// </summary>
public static class HashChain
{
    /// <summary>The placeholder for the hash before the first line.</summary>
    public const string Genesis = ChainedEvent.NoHash;

    /// <summary>Completes a line, given its JSON without the closing brace.</summary>
    public static (byte[] Line, string Hash) Seal(ReadOnlySpan<byte> opened, string prev)
    {
        byte[] hashed = [.. opened, .. PrevMark, .. Encoding.ASCII.GetBytes(prev), (byte)'"'];
        var hash = Hex(hashed);
        return ([.. hashed, .. HashMark, .. Encoding.ASCII.GetBytes(hash), .. "\"}\n"u8], hash);
    }

    /// <summary>The line of an event: the kept original, or else rebuilt.</summary>
    public static byte[] Line(ChainedEvent recorded) => recorded.Line?.ToArray() ??
    [
        .. EventCodec.WriteOpened(recorded.Envelope),
        .. PrevMark,
        .. Encoding.ASCII.GetBytes(recorded.Prev),
        (byte)'"',
        .. HashMark,
        .. Encoding.ASCII.GetBytes(recorded.Hash),
        .. End,
    ];

    /// <summary>
    /// The line's own hash if the line is complete and unchanged; null if not. The line is given without its line feed.
    /// </summary>
    public static string? Verify(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HashLength || !line[^HashLength..].StartsWith(HashMark) || !line.EndsWith(End))
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> hex = stackalloc byte[SHA256.HashSizeInBytes * 2];
        _ = SHA256.HashData(line[..^HashLength], hash);
        var stored = line[^(HexLength + 2)..^2];
        return Convert.TryToHexStringLower(hash, hex, out _) && stored.SequenceEqual(hex)
            ? Encoding.ASCII.GetString(stored)
            : null;
    }

    /// <summary>The hash of the line before, as named in this line; null if it names none.</summary>
    public static string? Prev(ReadOnlySpan<byte> line)
    {
        var start = line.LastIndexOf(PrevMark) + PrevMark.Length;
        return start >= PrevMark.Length && start + HexLength <= line.Length
            ? Encoding.ASCII.GetString(line.Slice(start, HexLength))
            : null;
    }

    /// <summary>The hash that a line names as its own, whether correct or not; empty if it names none.</summary>
    public static ReadOnlySpan<byte> Named(ReadOnlySpan<byte> line) =>
        line.Length > HashLength && line[^HashLength..].StartsWith(HashMark) ? line[^(HexLength + 2)..^2] : [];

    /// <summary>Whether a line names this hash as that of the line before it.</summary>
    public static bool Follows(ReadOnlySpan<byte> line, ReadOnlySpan<byte> hash)
    {
        var start = line.LastIndexOf(PrevMark) + PrevMark.Length;
        return start >= PrevMark.Length && line[start..].StartsWith(hash);
    }

    public static string Hex(Stream bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
