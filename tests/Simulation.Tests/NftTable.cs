using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// One table of the inet family, stored as the messages that created its parts, as the kernel lists them.
/// </summary>
internal sealed class NftTable
{
    public const ushort GatePort = 3308;

    /// <summary>The set that the lease keeps.</summary>
    public const string Open = "open";

    private const uint Dormant = 1;

    /// <summary>Cached because they are needed for every client at every moment.</summary>
    private static readonly ConditionalWeakTable<byte[], string> Known = [];

    private readonly record struct Verdict(bool IsFinal, bool? Leads);

    public uint Flags { get; set; }

    public SortedDictionary<string, byte[]> Chains { get; private init; } = new(StringComparer.Ordinal);

    public List<(string Chain, byte[] Body)> Rules { get; private init; } = [];

    public Dictionary<string, byte[]> Sets { get; private init; } = [];

    /// <summary>The time at which each element expires.</summary>
    public Dictionary<(string Set, ushort Port), TimeSpan> Elements { get; private init; } = [];

    public NftTable Copy() => new()
    {
        Flags = Flags,
        Chains = new SortedDictionary<string, byte[]>(Chains, StringComparer.Ordinal),
        Rules = [.. Rules],
        Sets = new Dictionary<string, byte[]>(Sets),
        Elements = new Dictionary<(string, ushort), TimeSpan>(Elements),
    };

    public static string Words((string Chain, byte[] Body) rule) => Known.GetValue(rule.Body, static body =>
    {
        var parts = RuleReader.Parts(body.AsSpan(Netlink.NetfilterHeaderBytes));
        return RuleReader.Read(parts[4], parts[7]);
    });

    /// <summary>False when the chain, or something that the rule names, does not exist.</summary>
    public bool Add(string chain, byte[] body, bool atEnd)
    {
        var words = Words((chain, body)).Split(' ');
        var jump = Array.IndexOf(words, "jump");
        var isThere = Chains.ContainsKey(chain)
            && (jump < 0 || Chains.ContainsKey(words[jump + 1]))
            && words.Where(word => word.StartsWith('@')).All(set => Sets.ContainsKey(set[1..]));
        if (isThere)
        {
            Rules.Insert(atEnd ? Rules.Count : 0, (chain, body));
        }

        return isThere;
    }

    /// <summary>The chain has rules, or a rule jumps to it.</summary>
    public bool IsUsed(string chain) => Rules.Exists(rule =>
        rule.Chain == chain || Words(rule).EndsWith($"jump {chain}", StringComparison.Ordinal));

    /// <summary>A rule looks up the set.</summary>
    public bool IsNamed(string set) =>
        Rules.Exists(rule => Words(rule).Contains($"@{set} ", StringComparison.Ordinal));

    public bool Holds(string set, ushort port, TimeSpan now) =>
        Elements.TryGetValue((set, port), out var end) && now < end;

    /// <summary>Adds an element; false when the set does not exist.</summary>
    public bool Put(string set, byte[] elements, TimeSpan now, bool keepsTimeout)
    {
        var timeout = RuleReader.Parts(RuleReader.Parts(elements)[1])[4];
        var port = PortOf(elements);
        if (Sets.ContainsKey(set) && !(keepsTimeout && Holds(set, port, now)))
        {
            Elements[(set, port)] = now + TimeSpan.FromMilliseconds(BinaryPrimitives.ReadUInt64BigEndian(timeout));
        }

        return Sets.ContainsKey(set);
    }

    public static ushort PortOf(byte[] elements) => BinaryPrimitives.ReadUInt16BigEndian(
        RuleReader.Parts(RuleReader.Parts(RuleReader.Parts(elements)[1])[1])[1]);

    /// <summary>What happens to a packet to the gate port; null when the table leaves it alone.</summary>
    /// <param name="isOpen">The set holds the gate port.</param>
    public bool? Leads(bool isOpen) => Flags == Dormant
        ? null
        : Chains.Where(chain => IsOfHook(chain.Value))
            .Select(chain => Walk(chain.Key, isOpen))
            .FirstOrDefault(verdict => verdict.IsFinal)
            .Leads;

    private static bool IsOfHook(byte[] chain) =>
        RuleReader.Parts(chain.AsSpan(Netlink.NetfilterHeaderBytes))[4].Length > 0;

    private Verdict Walk(string chain, bool isOpen)
    {
        foreach (var rule in Rules.Where(rule => rule.Chain == chain))
        {
            if (Says(Words(rule), isOpen) is not { } said)
            {
                continue;
            }

            if (said.StartsWith("jump ", StringComparison.Ordinal))
            {
                var verdict = Walk(said["jump ".Length..], isOpen);
                if (verdict.IsFinal)
                {
                    return verdict;
                }
            }
            else if (said != "return")
            {
                return new Verdict(true, said == "dnat to :3306");
            }
            else
            {
                break;
            }
        }

        return default;
    }

    /// <summary>What a rule does with the packet; null when the rule does not match it.</summary>
    private static string? Says(string words, bool isOpen)
    {
        var comment = words.IndexOf(" comment ", StringComparison.Ordinal);
        var left = comment < 0 ? words : words[..comment];
        if (left.Contains("ct state invalid", StringComparison.Ordinal)
            || (left.Contains("@open", StringComparison.Ordinal) && !isOpen))
        {
            return null;
        }

        foreach (var matched in new[] { "fib daddr type local ", "tcp dport 3308 ", "tcp dport @open " })
        {
            left = left.Replace(matched, "", StringComparison.Ordinal);
        }

        return left;
    }
}
