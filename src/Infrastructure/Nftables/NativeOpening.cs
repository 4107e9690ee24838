using System.Net;
using System.Text.Json;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>A rule of nftables itself that accepts packets to a port from some clients only.</summary>
/// <param name="Words">Its place, and whom it admits.</param>
/// <param name="Source">The network that it names; null if it uses another criterion.</param>
public sealed record NativeOpening(string Words, IPNetwork? Source)
{
    /// <summary>
    /// One for each network that an accepting rule names; none for a rule that accepts all sources, or another port.
    /// </summary>
    public static IEnumerable<NativeOpening> Of(
        IReadOnlyList<JsonElement> statements, string place, string family, ushort port)
    {
        if (!statements.Any(statement => statement.TryGetProperty("accept", out _)))
        {
            return [];
        }

        var limits = new List<(string Words, IReadOnlyList<IPNetwork> Sources)>();
        foreach (var match in statements
            .Where(statement => statement.TryGetProperty("match", out _))
            .Select(statement => statement.GetProperty("match")))
        {
            var (left, right) = (match.GetProperty("left"), match.GetProperty("right"));
            var isNegated = Text(match, "op") == "!=";
            switch (Field(left))
            {
                case "tcp dport" or "th dport" when Numbers(right).Any(range => range.From <= port && port <= range.To)
                    != isNegated:
                case "meta l4proto" when right.ToString().Contains("tcp", StringComparison.Ordinal) != isNegated:
                case "meta nfproto":
                    break;
                case "ct state" when right.ToString().Contains("new", StringComparison.Ordinal) != isNegated:
                    break;
                case "ip saddr" or "ip6 saddr" when !isNegated:
                    if (Field(left) != $"{family} saddr")
                    {
                        return [];
                    }

                    limits.Add(("from ", [.. Networks(right)]));
                    break;
                case "tcp dport" or "th dport" or "meta l4proto" or "ct state" or "udp dport" or "udp sport":
                case "meta iifname" or "meta iif" when right.ToString() == "lo":
                case { } icmp when icmp.StartsWith("icmp", StringComparison.Ordinal):
                    return [];
                case { } other:
                    limits.Add(($"by {other} {right}", []));
                    break;
            }
        }

        return limits switch
        {
            [] => [],
            [var (_, sources)] when sources.Count > 0 =>
                sources.Select(source => new NativeOpening($"{place} accepts from {source}", source)),
            _ => [new NativeOpening($"{place} accepts {string.Join(" and ", limits.Select(Named))}", null)],
        };
    }

    private static string Named((string Words, IReadOnlyList<IPNetwork> Sources) limit) =>
        limit.Words + string.Join(", ", limit.Sources);

    /// <summary>
    /// The field that a match examines: <c>tcp dport</c>, <c>ip saddr</c>, <c>meta iifname</c> and so on.
    /// </summary>
    private static string Field(JsonElement left) => left.ValueKind != JsonValueKind.Object ? "" : left switch
    {
        _ when left.TryGetProperty("payload", out var payload) =>
            $"{Text(payload, "protocol")} {Text(payload, "field")}",
        _ when left.TryGetProperty("meta", out var meta) => $"meta {Text(meta, "key")}",
        _ when left.TryGetProperty("ct", out var ct) => $"ct {Text(ct, "key")}",
        _ => left.EnumerateObject().First().Name,
    };

    private static IEnumerable<(int From, int To)> Numbers(JsonElement right) => right.ValueKind switch
    {
        JsonValueKind.Number => [(right.GetInt32(), right.GetInt32())],
        JsonValueKind.Object when right.TryGetProperty("set", out var set) => set.EnumerateArray().SelectMany(Numbers),
        JsonValueKind.Object when right.TryGetProperty("range", out var range) =>
            [(range[0].GetInt32(), range[1].GetInt32())],
        _ => [],
    };

    private static IEnumerable<IPNetwork> Networks(JsonElement right) => right.ValueKind switch
    {
        JsonValueKind.String when IPAddress.TryParse(right.GetString(), out var address) =>
            [new IPNetwork(address, address.GetAddressBytes().Length * 8)],
        JsonValueKind.Object when right.TryGetProperty("set", out var set) => set.EnumerateArray().SelectMany(Networks),
        JsonValueKind.Object when right.TryGetProperty("prefix", out var prefix)
            && IPNetwork.TryParse($"{Text(prefix, "addr")}/{prefix.GetProperty("len").GetInt32()}", out var network) =>
            [network],
        _ => [],
    };

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
