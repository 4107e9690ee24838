using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using static GaleraGate.Infrastructure.Linux.Netlink;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// Translates a rule that the kernel lists into nft's notation. It covers what a gate's own rules use, and similar
/// rules. Any other expression is shown by its name, so that no foreign rule looks like a gate's.
/// </summary>
internal sealed class RuleReader
{
    private const uint NoRegister = uint.MaxValue;

    private readonly List<string> _words = [];
    private readonly Dictionary<uint, Loaded> _registers = [];

    private RuleReader()
    {
    }

    /// <summary>The contents of a register: a field of the packet, with a mask, or a value.</summary>
    private sealed record Loaded(string Field, byte[]? Mask = null, byte[]? Value = null);

    /// <param name="expressions">The value of a rule's expressions attribute.</param>
    /// <param name="userData">The attribute in which nft keeps a comment.</param>
    public static string Read(ReadOnlySpan<byte> expressions, ReadOnlySpan<byte> userData)
    {
        var reader = new RuleReader();
        Attributes(expressions, (_, expression) =>
        {
            var parts = Parts(expression);
            reader.Note(TextOf(parts[1]), Parts(parts[2]));
        });
        return NativeRule.WordsOf(reader._words, CommentOf(userData));
    }

    /// <summary>The attributes of one level, by type; the value of a missing one is empty.</summary>
    internal static PartTable Parts(ReadOnlySpan<byte> attributes)
    {
        var parts = new PartTable();
        Attributes(attributes, (type, value) => parts[type] = value.ToArray());
        return parts;
    }

    internal static string TextOf(byte[] value) => Encoding.UTF8.GetString(value).TrimEnd('\0');

    private void Note(string name, PartTable data)
    {
        switch (name)
        {
            case "meta" when data.Number(1) is var to and not NoRegister:
                _registers[to] = new Loaded(data.Number(2) switch
                {
                    15 => "meta nfproto",
                    16 => "meta l4proto",
                    var key => $"meta {key}",
                });
                break;
            case "payload" when data.Number(1) is var to and not NoRegister:
                _registers[to] = new Loaded(Field(data.Number(2), data.Number(3), data.Number(4)));
                break;
            case "ct" when data.Number(1) is var to and not NoRegister:
                _registers[to] = new Loaded(data.Number(2) == 0 ? "ct state" : $"ct {data.Number(2)}");
                break;
            case "fib":
                _registers[data.Number(1)] = new Loaded(
                    (data.Number(2), data.Number(3)) is (3, 2)
                        ? "fib daddr type"
                        : $"fib {data.Number(2)} {data.Number(3)}");
                break;
            case "bitwise" when data[7].Length == 0 && Value(data[5]).All(one => one == 0):
                _registers[data.Number(2)] = Of(data.Number(1)) with { Mask = Value(data[4]) };
                break;
            case "cmp":
                Say(Of(data.Number(1)), data.Number(2), Value(data[3]));
                break;
            case "lookup":
                var isNot = data.Number(5) is 1;
                Word(Of(data.Number(2)).Field, $"{(isNot ? "!= " : "")}@{TextOf(data[1])}");
                break;
            case "immediate" when data.Number(1) == 0:
                _words.Add(Verdict(Parts(Parts(data[2])[2])));
                break;
            case "immediate":
                _registers[data.Number(1)] = new Loaded("value", Value: Value(data[2]));
                break;
            case "nat":
                _words.Add(Nat(data));
                break;
            case "redir":
                _words.Add($"redirect to :{Port(data.Number(1))}");
                break;
            default:
                _words.Add(name == "counter" ? name : $"[{name}]");
                break;
        }
    }

    private static string Field(uint header, uint offset, uint length) => (header, offset, length) switch
    {
        (1, 12, 4) => "ip saddr",
        (1, 8, 16) => "ip6 saddr",
        (2, 2, 2) => "tcp dport",
        _ => $"@{header},{offset * 8},{length * 8}",
    };

    private void Say(Loaded left, uint how, byte[] right)
    {
        var not = how switch
        {
            0 => "",
            1 => "!= ",
            _ => $"op {how} ",
        };
        if (left.Field == "ct state" && how == 1 && left.Mask is [1, 0, 0, 0] && right.All(one => one == 0))
        {
            _words.Add("ct state invalid");
        }
        else
        {
            Word(left.Field, not + Right(left, right));
        }
    }

    /// <summary>A field of a protocol implies the protocol, which nft then leaves out.</summary>
    private void Word(string field, string right)
    {
        var implied = field switch
        {
            "ip saddr" => "meta nfproto ipv4",
            "ip6 saddr" => "meta nfproto ipv6",
            "tcp dport" => "meta l4proto tcp",
            _ => null,
        };
        if (implied is not null && _words.LastOrDefault() == implied)
        {
            _words.RemoveAt(_words.Count - 1);
        }

        _words.Add($"{field} {right}");
    }

    private static string Right(Loaded left, byte[] right) => (left.Field, right.Length) switch
    {
        ("meta nfproto", 1) when left.Mask is null && right[0] is 2 or 10 => right[0] == 2 ? "ipv4" : "ipv6",
        ("meta l4proto", 1) when left.Mask is null && right[0] == 6 => "tcp",
        ("fib daddr type", 4) when left.Mask is null && BitConverter.ToInt32(right) == 2 => "local",
        ("tcp dport", 2) when left.Mask is null =>
            BinaryPrimitives.ReadUInt16BigEndian(right).ToString(CultureInfo.InvariantCulture),
        ("ip saddr", 4) or ("ip6 saddr", 16) => Network(right, left.Mask),
        _ => $"{(left.Mask is { } mask ? $"& 0x{Convert.ToHexStringLower(mask)} " : "")}"
            + $"0x{Convert.ToHexStringLower(right)}",
    };

    private static string Network(byte[] address, byte[]? mask)
    {
        if (mask is null)
        {
            return new IPAddress(address).ToString();
        }

        var bits = string.Concat(mask.Select(one => one.ToString("b8", CultureInfo.InvariantCulture)));
        var length = bits.IndexOf('0', StringComparison.Ordinal);
        return length >= 0 && !bits[length..].Contains('1', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(address)}/{length}")
            : $"{new IPAddress(address)} & 0x{Convert.ToHexStringLower(mask)}";
    }

    private static string Verdict(PartTable verdict) => (unchecked((int)verdict.Number(1)), TextOf(verdict[2])) switch
    {
        (-5, _) => "return",
        (-4, var chain) => $"goto {chain}",
        (-3, var chain) => $"jump {chain}",
        (0, _) => "drop",
        (1, _) => "accept",
        var (code, _) => $"verdict {code}",
    };

    private string Nat(PartTable data)
    {
        const uint OfPort = 2; // NF_NAT_RANGE_PROTO_SPECIFIED
        var what = data.Number(1) == 1 ? "dnat" : "snat";
        var address = data.Number(3) is var register and not NoRegister && Of(register).Value is { Length: 4 or 16 } ip
            ? $"{new IPAddress(ip)}"
            : "";
        var others = data.Number(7) is var flags and not NoRegister && (flags & ~(OfPort | 1)) != 0
            ? $" flags 0x{flags:x}"
            : "";
        return $"{what} to {address}:{Port(data.Number(5))}{others}";
    }

    private string Port(uint register) => register != NoRegister && Of(register).Value is { Length: >= 2 } value
        ? BinaryPrimitives.ReadUInt16BigEndian(value).ToString(CultureInfo.InvariantCulture)
        : "";

    private Loaded Of(uint register) => _registers.GetValueOrDefault(register) ?? new Loaded("[nothing]");

    /// <summary>The bytes in a data attribute.</summary>
    private static byte[] Value(byte[] data) => Parts(data)[1];

    private static string? CommentOf(ReadOnlySpan<byte> userData)
    {
        while (userData.Length >= 2 && userData.Length >= 2 + userData[1])
        {
            if (userData[0] == 0)
            {
                return TextOf(userData.Slice(2, userData[1]).ToArray());
            }

            userData = userData[(2 + userData[1])..];
        }

        return null;
    }

    /// <summary>Attributes by their type.</summary>
    internal sealed class PartTable
    {
        private readonly Dictionary<int, byte[]> _parts = [];

        public byte[] this[int type]
        {
            get => _parts.GetValueOrDefault(type) ?? [];
            set => _parts[type] = value;
        }

        /// <summary>A number, most significant byte first; the largest number if the attribute is missing.</summary>
        public uint Number(int type) =>
            this[type] is { Length: sizeof(uint) } value ? BinaryPrimitives.ReadUInt32BigEndian(value) : NoRegister;
    }
}
