using System.Buffers.Binary;
using System.Text;

namespace MySqlConnector.Protocol;

/// <summary>Reads the fields of a payload, which come from outside: whatever does not fit is an <see cref="InvalidDataException"/>.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte() => Bytes(1)[0];

    public ushort Short() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > _rest.Length)
        {
            throw new InvalidDataException("the server's packet is shorter than it says");
        }

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    public ReadOnlySpan<byte> Rest() => Bytes(_rest.Length);

    /// <summary>A text up to a zero byte, or to the end where none follows.</summary>
    public string ZeroEnded()
    {
        var end = _rest.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(Bytes(end < 0 ? _rest.Length : end));
        if (end >= 0)
        {
            _ = Byte();
        }

        return text;
    }

    /// <summary>A length-encoded integer; null for the mark that stands for NULL.</summary>
    public ulong? Length() => Byte() switch
    {
        0xfb => null,
        0xfc => Short(),
        0xfd => Short() | ((ulong)Byte() << 16),
        0xfe => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)),
        0xff => throw new InvalidDataException("the server's packet holds no length where one belongs"),
        var small => small,
    };

    /// <summary>A text with its length before it; null for NULL.</summary>
    public string? Text() => Length() is { } length
        ? Encoding.UTF8.GetString(Bytes(length <= int.MaxValue ? (int)length : throw new InvalidDataException("the server's packet holds an endless text")))
        : null;
}
