using System.Buffers.Binary;

namespace MySqlConnector.Protocol;

/// <summary>Packets of the MySQL protocol over a stream: three bytes of length, one of sequence, the payload.</summary>
internal sealed class Packets(Stream stream)
{
    /// <summary>A packet of this length goes on in the next one; nothing that is asked for here is so long.</summary>
    private const int MaxPayloadBytes = 0xffffff;

    private const int HeaderBytes = 4;

    private byte[] _buffer = new byte[8192];
    private int _start;
    private int _end;
    private byte _sequence;

    /// <summary>The next packet begins a new exchange.</summary>
    public void Begin() => _sequence = 0;

    /// <summary>Reads a packet; the payload is good until the next read.</summary>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    /// <exception cref="InvalidDataException">The packet is longer than any answer to be expected.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        await FillAsync(HeaderBytes, cancellationToken);
        var length = _buffer[_start] | (_buffer[_start + 1] << 8) | (_buffer[_start + 2] << 16);
        _sequence = (byte)(_buffer[_start + 3] + 1);
        if (length == MaxPayloadBytes)
        {
            throw new InvalidDataException("the server sends a packet of 16 MiB or more");
        }

        await FillAsync(HeaderBytes + length, cancellationToken);
        var payload = _buffer.AsMemory(_start + HeaderBytes, length);
        _start += HeaderBytes + length;
        return payload;
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var packet = new byte[HeaderBytes + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(packet, payload.Length);
        packet[3] = _sequence++;
        payload.CopyTo(packet.AsMemory(HeaderBytes));
        await stream.WriteAsync(packet, cancellationToken);
        await stream.FlushAsync(cancellationToken);
    }

    /// <summary>The same exchange over another stream, as TLS puts itself between.</summary>
    public Packets Over(Stream other) => new(other) { _sequence = _sequence };

    private async ValueTask FillAsync(int count, CancellationToken cancellationToken)
    {
        if (_end - _start >= count)
        {
            return;
        }

        if (_start + count > _buffer.Length)
        {
            var larger = count > _buffer.Length ? new byte[Math.Max(count, 2 * _buffer.Length)] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (_buffer, _start, _end) = (larger, 0, _end - _start);
        }

        while (_end - _start < count)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += read > 0 ? read : throw new EndOfStreamException("the server closed the connection");
        }
    }
}
