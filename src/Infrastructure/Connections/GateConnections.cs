using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Connections;

/// <summary>
/// The server's sockets for connections made through the gate. Connection tracking identifies them: they were addressed
/// to the gate port and are answered from the server port. A reset is done at the socket (SOCK_DESTROY), so the client
/// notices at once. Each socket is named with the kernel's cookie, so exactly the listed socket is destroyed, and never
/// a listening one.
/// </summary>
public sealed class GateConnections(ushort gatePort, ushort serverPort) : IConnections, IDisposable
{
    private const byte Tcp = 6;
    private const byte Ipv4 = 2;
    private const byte Ipv6 = 10;

    private const ushort GetTracked = 1 << 8 | 1; // subsystem conntrack, IPCTNL_MSG_CT_GET
    private const ushort GetSockets = 20; // SOCK_DIAG_BY_FAMILY
    private const ushort DestroySocket = 21; // SOCK_DESTROY

    /// <summary>
    /// ESTABLISHED, SYN_RECV, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING, NEW_SYN_RECV: a client is connected,
    /// was until just now, or is about to be.
    /// </summary>
    private const uint Connected = 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11 | 1 << 12;

    // inet_diag_req_v2: family, protocol, two bytes, states, then the socket's name; inet_diag_msg: four bytes, then
    // the same name.
    private const int RequestBytes = 56;
    private const int NameAtInRequest = 8;
    private const int NameAtInAnswer = 4;
    private const int NameBytes = 48;

    // Nested attributes of a tracked connection.
    private const int TupleOriginal = 1;
    private const int TupleReply = 2;
    private const int Status = 3;
    private const int ProtocolInfo = 4;
    private const int TupleAddresses = 1;
    private const int TupleProtocol = 2;
    private const int SourceIpv4 = 1;
    private const int DestinationIpv4 = 2;
    private const int SourceIpv6 = 3;
    private const int DestinationIpv6 = 4;
    private const int ProtocolNumber = 1;
    private const int SourcePort = 2;
    private const int DestinationPort = 3;

    /// <summary>Both sides have sent data (IPS_ASSURED); a refused client never gets that far.</summary>
    private const uint Assured = 4;

    /// <summary>From this TCP state on the connection has ended, but is tracked for two more minutes.</summary>
    private const byte TimeWait = 7;

    private static readonly Dictionary<int, string> Meanings = new()
    {
        [2] = "the kernel has no such module",
        [95] = "the kernel cannot destroy sockets (CONFIG_INET_DIAG_DESTROY)",
    };

    private readonly Netlink _tracking = new(Netlink.Netfilter);
    private readonly Netlink _sockets = new(Netlink.SocketDiagnostics);
    private readonly Lock _lock = new();
    private HashSet<Ends> _ended = [];

    private readonly record struct Ends(IPAddress Local, ushort LocalPort, IPAddress Remote, ushort RemotePort);

    private sealed record Tuple
    {
        public IPAddress? Source { get; set; }
        public IPAddress? Destination { get; set; }
        public byte Protocol { get; set; }
        public ushort SourcePort { get; set; }
        public ushort DestinationPort { get; set; }
    }

    public ConnectionsSeen Look()
    {
        lock (_lock)
        {
            var met = new HashSet<IPAddress>();
            var (names, trouble) = Find(met);
            return new ConnectionsSeen(names.Count, met, trouble);
        }
    }

    public (int Count, string? Trouble) Count()
    {
        lock (_lock)
        {
            var (names, trouble) = Find(null);
            return (names.Count, trouble);
        }
    }

    public (int Count, string? Trouble) Reset()
    {
        const int AlreadyGone = 2; // ENOENT
        lock (_lock)
        {
            var (names, trouble) = Find(null);
            var count = 0;
            Span<byte> answer = stackalloc byte[256];
            foreach (var request in names)
            {
                var length = _sockets.Ask(DestroySocket, Netlink.Acknowledge, request, answer);
                var error = Netlink.ErrorOf(answer[..length]) ?? -1;
                count += error == 0 ? 1 : 0;
                trouble ??= error is 0 or AlreadyGone ? null : Words("reset a connection", error);
            }

            return (count, trouble);
        }
    }

    public void Dispose()
    {
        _tracking.Dispose();
        _sockets.Dispose();
    }

    /// <summary>The requests that name the sockets, and why they may be incomplete.</summary>
    /// <param name="met">Receives the clients that are or were recently connected; null leaves them for the next
    /// call.</param>
    private (List<byte[]> Names, string? Trouble) Find(HashSet<IPAddress>? met)
    {
        var (through, ended) = (new HashSet<Ends>(), new HashSet<Ends>());
        string? trouble = null;
        foreach (var family in new[] { Ipv4, Ipv6 })
        {
            var error = _tracking.List(GetTracked, [family, 0, 0, 0], body => Note(body, through, ended, met ?? []));
            trouble ??= Words("read the tracked connections", error);
        }

        _ended = met is null ? _ended : ended;

        var names = new List<byte[]>();
        foreach (var family in through.Count > 0 ? new[] { Ipv4, Ipv6 } : [])
        {
            var request = new byte[RequestBytes];
            (request[0], request[1]) = (family, Tcp);
            BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), Connected);
            var error = _sockets.List(GetSockets, request, body =>
            {
                if (body.Length >= NameAtInAnswer + NameBytes
                    && through.Contains(EndsOf(body[0], body[NameAtInAnswer..])))
                {
                    var name = new byte[RequestBytes];
                    (name[0], name[1]) = (body[0], Tcp);
                    BinaryPrimitives.WriteUInt32LittleEndian(name.AsSpan(4), uint.MaxValue);
                    body.Slice(NameAtInAnswer, NameBytes).CopyTo(name.AsSpan(NameAtInRequest));
                    names.Add(name);
                }
            });
            // On a host without IPv6 there are no such sockets.
            trouble ??= family == Ipv6 && !Socket.OSSupportsIPv6 ? null : Words("read the sockets", error);
        }

        return (names, trouble);
    }

    private void Note(ReadOnlySpan<byte> body, HashSet<Ends> through, HashSet<Ends> ended, HashSet<IPAddress> met)
    {
        var (original, reply) = (new Tuple(), new Tuple());
        var (status, state) = (0u, (byte)0);
        Netlink.Attributes(body[Math.Min(Netlink.NetfilterHeaderBytes, body.Length)..], (type, value) =>
        {
            if (type is TupleOriginal or TupleReply)
            {
                Read(type == TupleOriginal ? original : reply, value);
            }
            else if (type == Status && value.Length == sizeof(uint))
            {
                status = BinaryPrimitives.ReadUInt32BigEndian(value);
            }
            else if (type == ProtocolInfo)
            {
                Netlink.Attributes(value, (_, tcp) => Netlink.Attributes(
                    tcp, (part, one) => state = part == 1 && one.Length == 1 ? one[0] : state));
            }
        });
        if (original.Protocol == Tcp
            && original.DestinationPort == gatePort
            && reply.SourcePort == serverPort
            && reply is { Source: { } local, Destination: { } remote })
        {
            var ends = new Ends(local, serverPort, remote, reply.DestinationPort);
            _ = through.Add(ends);
            var isNews = state < TimeWait || (ended.Add(ends) && !_ended.Contains(ends));
            if ((status & Assured) != 0 && isNews && original.Source is { } client)
            {
                _ = met.Add(client);
            }
        }
    }

    private static void Read(Tuple tuple, ReadOnlySpan<byte> attributes) =>
        Netlink.Attributes(
            attributes,
            (part, values) =>
                Netlink.Attributes(
                    values,
                    (type, value) =>
    {
        switch (part, type, value.Length)
        {
            case (TupleAddresses, SourceIpv4, 4) or (TupleAddresses, SourceIpv6, 16):
                tuple.Source = new IPAddress(value);
                break;
            case (TupleAddresses, DestinationIpv4, 4) or (TupleAddresses, DestinationIpv6, 16):
                tuple.Destination = new IPAddress(value);
                break;
            case (TupleProtocol, ProtocolNumber, 1):
                tuple.Protocol = value[0];
                break;
            case (TupleProtocol, SourcePort, 2):
                tuple.SourcePort = BinaryPrimitives.ReadUInt16BigEndian(value);
                break;
            case (TupleProtocol, DestinationPort, 2):
                tuple.DestinationPort = BinaryPrimitives.ReadUInt16BigEndian(value);
                break;
            default:
                break;
        }
    }));

    /// <summary>
    /// Ports and addresses from a socket's name; an IPv4 client of a dual-stack socket counts as IPv4.
    /// </summary>
    private static Ends EndsOf(byte family, ReadOnlySpan<byte> name)
    {
        static IPAddress Address(byte family, ReadOnlySpan<byte> bytes) =>
            family == Ipv4 ? new IPAddress(bytes[..4])
            : new IPAddress(bytes[..16]) is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4()
            : new IPAddress(bytes[..16]);

        return new Ends(
            Address(family, name[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(name),
            Address(family, name[20..]),
            BinaryPrimitives.ReadUInt16BigEndian(name[2..]));
    }

    private static string? Words(string what, int error) => error == 0
        ? null
        : $"cannot {what}: {Meanings.GetValueOrDefault(error) ?? Netlink.Meaning(error)}";
}
