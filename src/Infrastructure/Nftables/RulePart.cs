using System.Globalization;
using System.Net;
using System.Net.Sockets;
using static GaleraGate.Infrastructure.Linux.Netlink;
using static GaleraGate.Infrastructure.Nftables.TableMessages;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>A part of a rule: its nft notation, and the kernel's expressions.</summary>
internal sealed record RulePart(string Words, IReadOnlyList<byte[]> Expressions)
{
    private const ushort Nested = 0x8000;
    private const uint Register = 1;
    private const uint Verdict = 0;
    private const uint NetworkHeader = 1;
    private const uint TransportHeader = 2;
    private const int JumpCode = -3;
    private const int ReturnCode = -5;

    /// <summary>Packets to an address of this host.</summary>
    public static RulePart ToThisHost { get; } = new(
        "fib daddr type local",
        [Expression("fib", Number(1, Register), Number(2, 3), Number(3, 2)), Equal(BitConverter.GetBytes(2))]);

    /// <summary>Connections that connection tracking considers invalid.</summary>
    public static RulePart Invalid { get; } = new(
        "ct state invalid",
        [
            Expression("ct", Number(1, Register), Number(2, 0)),
            Masked(BitConverter.GetBytes(1)),
            Compare(1, new byte[sizeof(uint)]),
        ]);

    public static RulePart Return { get; } = new("return", [To(Number(1, unchecked((uint)ReturnCode)))]);

    public static RulePart Jump(string chain) => new(
        $"jump {chain}", [To([.. Number(1, unchecked((uint)JumpCode)), .. Attribute(2, Text(chain))])]);

    public static RulePart ToPort(ushort port) => new(
        string.Create(CultureInfo.InvariantCulture, $"tcp dport {port}"),
        [Meta(16), Equal([(byte)ProtocolType.Tcp]), Payload(TransportHeader, 2, 2), Equal(Big(port))]);

    /// <summary>The destination port is in a set; must follow a part that requires TCP.</summary>
    public static RulePart PortIn(string set) => new(
        $"tcp dport @{set}",
        [
            Payload(TransportHeader, 2, 2),
            Expression("lookup", Attribute(1, Text(set)), Number(2, Register)),
        ]);

    /// <summary>From an address of this network; length 0 means the whole address family.</summary>
    public static RulePart From(IPNetwork network)
    {
        var isIpv6 = network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6;
        var address = network.BaseAddress.GetAddressBytes();
        byte[][] family = [Meta(15), Equal([isIpv6 ? (byte)10 : (byte)2])];
        if (network.PrefixLength == 0)
        {
            return new RulePart($"meta nfproto {(isIpv6 ? "ipv6" : "ipv4")}", family);
        }

        var source = Payload(NetworkHeader, isIpv6 ? 8u : 12u, (uint)address.Length);
        var isOne = network.PrefixLength == address.Length * 8;
        return new RulePart(
            $"{(isIpv6 ? "ip6" : "ip")} saddr {(isOne ? network.BaseAddress : network)}",
            [
                .. family,
                source,
                .. isOne ? Array.Empty<byte[]>() : [Masked(MaskOf(network.PrefixLength, address.Length))],
                Equal(address),
            ]);
    }

    /// <summary>Redirects to another port, keeping the address that the client asked for.</summary>
    public static RulePart LedTo(ushort port) => new(
        string.Create(CultureInfo.InvariantCulture, $"dnat to :{port}"),
        [
            Expression("immediate", Number(1, Register), Attribute(2 | Nested, Attribute(1, Big(port)))),
            Expression("nat", Number(1, 1), Number(2, 1), Number(5, Register)),
        ]);

    private static byte[] MaskOf(int length, int bytes) =>
        [.. Enumerable.Range(0, bytes).Select(index => (byte)(0xff00 >> Math.Clamp(length - (index * 8), 0, 8)))];

    private static byte[] Meta(uint key) => Expression("meta", Number(1, Register), Number(2, key));

    private static byte[] Payload(uint header, uint offset, uint length) => Expression(
        "payload", Number(1, Register), Number(2, header), Number(3, offset), Number(4, length));

    private static byte[] Equal(byte[] value) => Compare(0, value);

    private static byte[] Compare(uint how, byte[] value) => Expression(
        "cmp", Number(1, Register), Number(2, how), Attribute(3 | Nested, Attribute(1, value)));

    private static byte[] Masked(byte[] mask) => Expression(
        "bitwise",
        Number(1, Register),
        Number(2, Register),
        Number(3, (uint)mask.Length),
        Attribute(4 | Nested, Attribute(1, mask)),
        Attribute(5 | Nested, Attribute(1, new byte[mask.Length])));

    private static byte[] To(byte[] verdict) => Expression(
        "immediate", Number(1, Verdict), Attribute(2 | Nested, Attribute(2 | Nested, verdict)));

    private static byte[] Expression(string name, params IEnumerable<byte[]> attributes) =>
        [.. Attribute(1, Text(name)), .. Attribute(2 | Nested, [.. attributes.SelectMany(one => one)])];
}

/// <summary>A rule of a chain.</summary>
internal sealed record NativeRule(string Chain, string? Comment, params IReadOnlyList<RulePart> Parts)
{
    public IEnumerable<byte[]> Expressions => Parts.SelectMany(part => part.Expressions);

    /// <summary>As nft lists it.</summary>
    public string Words => WordsOf(Parts.Select(part => part.Words), Comment);

    public static string WordsOf(IEnumerable<string> parts, string? comment) =>
        string.Join(' ', parts) + (comment is null ? "" : $" comment \"{comment}\"");
}
