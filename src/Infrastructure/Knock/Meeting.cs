using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GaleraGate.Infrastructure.Knock;

/// <summary>What a client experienced.</summary>
public enum Met
{
    /// <summary>A server greeted.</summary>
    Greeting,

    /// <summary>A server sent an error instead of a greeting.</summary>
    TurnedAway,

    /// <summary>Refused at once: by a reset, or by an ICMP message that the port is closed.</summary>
    Refused,

    /// <summary>An ICMP message says that there is no route.</summary>
    Unreachable,

    /// <summary>No answer at all.</summary>
    NoAnswer,

    /// <summary>A connection was made, but the other end sent nothing, or does not speak MySQL.</summary>
    NoGreeting,

    /// <summary>No attempt could be made from there.</summary>
    NotTried,
}

/// <summary>One connection attempt to one address.</summary>
/// <param name="Words">The message of the server or the kernel; null if there is nothing to add.</param>
public sealed record Meeting(IPAddress From, IPAddress To, Met Met, string? Words)
{
    /// <summary>Leaves time for a second SYN, which follows one second after a lost one.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>Connects and reads the server's first packet.</summary>
    public static async Task<Meeting> MeetAsync(
        StrangersNetwork.Way way, ushort port, CancellationToken cancellationToken)
    {
        if (way.Socket is not { } socket)
        {
            return new Meeting(way.From, way.To, Met.NotTried, way.Trouble);
        }

        var isConnected = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(way.To, port), limit.Token);
            isConnected = true;
            limit.CancelAfter(Limit);
            var (met, words) = await ReadAsync(socket, limit.Token);
            return new Meeting(way.From, way.To, met, words);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Meeting(way.From, way.To, isConnected ? Met.NoGreeting : Met.NoAnswer, null);
        }
        catch (SocketException e)
        {
            return isConnected ? new Meeting(way.From, way.To, Met.NoGreeting, e.Message) : Failed(way, e);
        }
    }

    private static Meeting Failed(StrangersNetwork.Way way, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new Meeting(way.From, way.To, Met.Refused, null),
        SocketError.TimedOut => new Meeting(way.From, way.To, Met.NoAnswer, null),
        _ => new Meeting(way.From, way.To, Met.Unreachable, e.Message),
    };

    /// <summary>
    /// A packet: three bytes of length, a number, then a greeting that begins with 10 and the version, or an error that
    /// begins with 255 and its code.
    /// </summary>
    private static async Task<(Met Met, string? Words)> ReadAsync(Socket socket, CancellationToken cancellationToken)
    {
        const int HeaderBytes = 4;
        const byte Protocol = 10;
        const byte Error = 0xff;
        var bytes = new byte[512];
        var count = 0;
        while (count <= HeaderBytes)
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(count), cancellationToken);
            if (read == 0)
            {
                return (Met.NoGreeting, "the connection was closed");
            }

            count += read;
        }

        var body = bytes.AsMemory(HeaderBytes + 1, count - HeaderBytes - 1);
        return bytes[HeaderBytes] switch
        {
            Protocol => (Met.Greeting, Plain(body.Span[..Math.Max(0, body.Span.IndexOf((byte)0))])),
            Error when body.Length >= 2 => (
                Met.TurnedAway,
                $"error {BinaryPrimitives.ReadUInt16LittleEndian(body.Span)}: {Plain(body.Span[2..])}"),
            _ => (Met.NoGreeting, "what answers does not speak MySQL"),
        };
    }

    private static string Plain(ReadOnlySpan<byte> text) =>
        string.Concat(Encoding.UTF8.GetString(text).Where(c => !char.IsControl(c)));
}
