using System.Buffers.Binary;
using GaleraGate.Infrastructure.Linux;
using static GaleraGate.Infrastructure.Linux.Netlink;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>The netlink messages that change one table of the family inet: the same that nft sends.</summary>
internal sealed class TableMessages(string table)
{
    public const ushort Subsystem = 10 << 8; // NFNL_SUBSYS_NFTABLES
    public const ushort NewTable = Subsystem | 0;
    public const ushort GetTable = Subsystem | 1;
    public const ushort NewChain = Subsystem | 3;
    public const ushort GetChain = Subsystem | 4;
    public const ushort NewRule = Subsystem | 6;
    public const ushort GetRule = Subsystem | 7;
    public const ushort NewSet = Subsystem | 9;
    public const ushort GetSet = Subsystem | 10;
    public const ushort GetElement = Subsystem | 13;

    /// <summary>The key type for a port, by nft's numbering.</summary>
    public const uint PortKey = 13;

    public const uint WithTimeout = 0x10; // NFT_SET_TIMEOUT

    private const ushort DeleteTable = Subsystem | 2;
    private const ushort DeleteChain = Subsystem | 5;
    private const ushort DeleteRule = Subsystem | 8;
    private const ushort DeleteSet = Subsystem | 11;
    private const ushort NewElement = Subsystem | 12;
    private const ushort DeleteElement = Subsystem | 14;

    private const ushort Create = 0x400; // NLM_F_CREATE
    private const ushort Append = 0x800; // NLM_F_APPEND
    private const byte Inet = 1; // NFPROTO_INET
    private const ushort Nested = 0x8000;

    /// <summary>The beginning of every message here.</summary>
    public static readonly byte[] Header = [Inet, 0, 0, 0];

    /// <summary>Creates the table, not dormant; an existing one stays.</summary>
    public NetlinkMessage AddTable() => Message(NewTable, Create, Attribute(1, Text(table)), Number(2, 0));

    public NetlinkMessage DropTable() => Message(DeleteTable, 0, Attribute(1, Text(table)));

    /// <summary>Creates a set of ports, each with its own timeout.</summary>
    public NetlinkMessage AddSet(string set) => Message(
        NewSet,
        Create,
        Named(set, 2),
        Number(3, WithTimeout),
        Number(4, PortKey),
        Number(5, sizeof(ushort)),
        Number(10, 1));

    public NetlinkMessage DropSet(string set) => Message(DeleteSet, 0, Named(set, 2));

    /// <summary>Creates a chain that others jump to.</summary>
    public NetlinkMessage AddChain(string chain) => Message(NewChain, Create, Named(chain, 3));

    /// <summary>Creates a chain attached to a hook.</summary>
    public NetlinkMessage AddChain(string chain, uint hook, int priority) => Message(
        NewChain,
        Create,
        Named(chain, 3),
        Attribute(4 | Nested, [.. Number(1, hook), .. Number(2, (uint)priority)]),
        Number(5, 1), // NF_ACCEPT
        Attribute(7, Text("nat")));

    public NetlinkMessage DropChain(string chain) => Message(DeleteChain, 0, Named(chain, 3));

    /// <summary>Deletes the rules of a chain; without a name, those of all chains.</summary>
    public NetlinkMessage Flush(string? chain) => Message(
        DeleteRule, 0, Attribute(1, Text(table)), chain is null ? [] : Attribute(2, Text(chain)));

    public NetlinkMessage AddRule(NativeRule rule) => Message(
        NewRule,
        Create | Append,
        Named(rule.Chain, 2),
        Attribute(4 | Nested, [.. rule.Expressions.SelectMany(one => Attribute(1 | Nested, one))]),
        rule.Comment is null ? [] : Attribute(7, CommentOf(rule.Comment)));

    /// <summary>Adds a port to a set. An existing one stays unchanged; newer kernels give it the new timeout.</summary>
    public NetlinkMessage AddElement(string set, ushort port, TimeSpan timeout)
    {
        var milliseconds = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(milliseconds, (ulong)timeout.TotalMilliseconds);
        return Message(NewElement, Create, Element(set, [.. Key(port), .. Attribute(4, milliseconds)]));
    }

    public NetlinkMessage DropElement(string set, ushort port) => Message(DeleteElement, 0, Element(set, Key(port)));

    /// <summary>Asks for a port in a set.</summary>
    public byte[] AskElement(string set, ushort port) => [.. Header, .. Element(set, Key(port))];

    /// <summary>Asks for an object of the table by its name.</summary>
    public byte[] Ask(string? name) => name is null
        ? [.. Header, .. Attribute(1, Text(table))]
        : [.. Header, .. Named(name, 2)];

    internal static byte[] Number(ushort type, uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Attribute(type, bytes);
    }

    internal static byte[] Big(ushort value) => [(byte)(value >> 8), (byte)value];

    private static NetlinkMessage Message(ushort type, int flags, params IEnumerable<byte[]> attributes) =>
        new(type, (ushort)flags, [.. Header, .. attributes.SelectMany(one => one)]);

    private byte[] Named(string name, ushort type) =>
        [.. Attribute(1, Text(table)), .. Attribute(type, Text(name))];

    private byte[] Element(string set, byte[] element) =>
        [.. Named(set, 2), .. Attribute(3 | Nested, Attribute(1 | Nested, element))];

    private static byte[] Key(ushort port) => Attribute(1 | Nested, Attribute(1, Big(port)));

    /// <summary>A comment in nft's format: type, length, text.</summary>
    private static byte[] CommentOf(string comment) => [0, (byte)(comment.Length + 1), .. Text(comment)];
}
