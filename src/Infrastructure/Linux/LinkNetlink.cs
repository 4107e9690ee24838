using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using static GaleraGate.Infrastructure.Linux.Netlink;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Creates links, addresses, routes and neighbour entries in the network namespace in which the object was created.
/// Each call returns the kernel's error number, 0 for none.
/// </summary>
internal sealed class LinkNetlink : IDisposable
{
    private const int Route = 0; // NETLINK_ROUTE

    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort NewRoute = 24;
    private const ushort NewNeighbour = 28;

    private const ushort New = Acknowledge | 0x200 | 0x400; // NLM_F_EXCL, NLM_F_CREATE

    // Attributes of a link, and of its nested data.
    private const ushort LinkAddress = 1;
    private const ushort LinkName = 3;
    private const ushort LinkInfo = 18;
    private const ushort LinkNamespace = 28; // IFLA_NET_NS_FD
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort VethPeer = 1;

    private const int LinkHeaderBytes = 16;
    private const int NoAnswer = 5; // EIO

    private readonly Netlink _netlink = new(Route);

    /// <summary>Creates two connected interfaces: one here, its peer in another namespace.</summary>
    public int MakePair((string Name, byte[] Address) here, (string Name, byte[] Address) peer, int peerNamespace)
    {
        byte[] other =
        [
            .. Link(0, false),
            .. Attribute(LinkName, Text(peer.Name)),
            .. Attribute(LinkAddress, peer.Address),
            .. Attribute(LinkNamespace, BitConverter.GetBytes(peerNamespace)),
        ];
        byte[] info = [.. Attribute(InfoKind, Text("veth")), .. Attribute(InfoData, Attribute(VethPeer, other))];
        return Do(NewLink, New, [
            .. Link(0, false),
            .. Attribute(LinkName, Text(here.Name)),
            .. Attribute(LinkAddress, here.Address),
            .. Attribute(LinkInfo, info),
        ]);
    }

    /// <summary>The index of an interface; 0 if there is none with this name.</summary>
    public int IndexOf(string name)
    {
        Span<byte> answer = stackalloc byte[4096];
        var length = _netlink.Ask(GetLink, 0, (byte[])[.. Link(0, false), .. Attribute(LinkName, Text(name))], answer);
        return length >= Netlink.HeaderBytes + LinkHeaderBytes && Netlink.TypeOf(answer) == NewLink
            ? BinaryPrimitives.ReadInt32LittleEndian(answer[(Netlink.HeaderBytes + 4)..])
            : 0;
    }

    public int SetUp(int index) => Do(NewLink, Acknowledge, Link(index, isUp: true));

    /// <summary>Deletes an interface, and its peer with it.</summary>
    public int Delete(int index) => Do(DeleteLink, Acknowledge, Link(index, false));

    /// <summary>Gives an interface an address that is usable at once.</summary>
    public int AddAddress(int index, IPAddress address)
    {
        const ushort Address = 1;
        const ushort Local = 2;
        const byte NoDuplicateDetection = 2; // IFA_F_NODAD
        byte[] header =
        [
            FamilyOf(address),
            LengthOf(address),
            NoDuplicateDetection,
            0,
            .. BitConverter.GetBytes(index),
        ];
        var bytes = address.GetAddressBytes();
        return Do(NewAddress, New, [.. header, .. Attribute(Local, bytes), .. Attribute(Address, bytes)]);
    }

    /// <summary>Routes one address, or a whole family, to an interface; fails if that route exists already.</summary>
    public int AddRoute(int index, AddressFamily family, IPAddress? to)
    {
        const ushort Destination = 1;
        const ushort Interface = 4;
        const byte Main = 254;
        const byte Static = 4;
        const byte OnLink = 253;
        const byte Unicast = 1;
        byte[] header =
        [
            Number(family),
            to is null ? (byte)0 : LengthOf(to),
            0,
            0,
            Main,
            Static,
            family == AddressFamily.InterNetworkV6 ? (byte)0 : OnLink,
            Unicast,
            0,
            0,
            0,
            0,
        ];
        return Do(NewRoute, New, [
            .. header,
            .. to is null ? [] : Attribute(Destination, to.GetAddressBytes()),
            .. Attribute(Interface, BitConverter.GetBytes(index)),
        ]);
    }

    /// <summary>Adds a static neighbour entry, so that no ARP or neighbour discovery is needed.</summary>
    public int AddNeighbour(int index, IPAddress address, byte[] hardware)
    {
        const ushort Destination = 1;
        const ushort Hardware = 2;
        const byte Permanent = 0x80;
        byte[] header = [FamilyOf(address), 0, 0, 0, .. BitConverter.GetBytes(index), Permanent, 0, 0, 0];
        return Do(NewNeighbour, New, [
            .. header,
            .. Attribute(Destination, address.GetAddressBytes()),
            .. Attribute(Hardware, hardware),
        ]);
    }

    public void Dispose() => _netlink.Dispose();

    private int Do(ushort message, ushort flags, ReadOnlySpan<byte> body)
    {
        Span<byte> answer = stackalloc byte[2048];
        var length = _netlink.Ask(message, flags, body, answer);
        return Netlink.ErrorOf(answer[..length]) ?? NoAnswer;
    }

    private static byte[] Link(int index, bool isUp)
    {
        const byte Up = 1;
        var header = new byte[LinkHeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), index);
        (header[8], header[12]) = isUp ? (Up, Up) : ((byte)0, (byte)0);
        return header;
    }

    private static byte FamilyOf(IPAddress address) => Number(address.AddressFamily);

    private static byte Number(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? (byte)10 : (byte)2;

    private static byte LengthOf(IPAddress address) => (byte)(address.GetAddressBytes().Length * 8);
}
