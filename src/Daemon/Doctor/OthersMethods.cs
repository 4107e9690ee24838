using System.Text.Json;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Galera;
using Npgsql;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// The wsrep_sst_method of the other nodes. A donor runs the method that the joiner asks for, but the gate judges the
/// donor by the donor's own variable. If they differ, a donor that blocks can look fit.
/// </summary>
/// <param name="Of">By the node's name, for those that are known.</param>
/// <param name="Unknown">The nodes that could not be asked.</param>
internal sealed record OthersMethods(IReadOnlyDictionary<string, string> Of, IReadOnlyList<string> Unknown)
{
    private const string Variable = "wsrep_sst_method";
    private const string WhyItMatters = "a donor runs the joiner's method, and the gate judges its own variable";

    /// <summary>A status has a few kilobytes; limits the answer of a peer, which may send anything.</summary>
    private const int MaxAnswerBytes = 1 << 20;

    /// <summary>A node whose server was down has recent observations without an answer.</summary>
    private const int ObservationsBack = 20;

    /// <summary>The finding about this node's method, compared with those of the others.</summary>
    public Finding Beside(string own, Finding found)
    {
        var differ = Of.Where(one => one.Value != own).Select(one => $"{one.Key} has {one.Value}").ToList();
        var unknown = Unknown.Count > 0 ? $"; not known: {string.Join(", ", Unknown)}" : "";
        return differ.Count > 0
            ? Finding.Warning(
                found.Subject,
                $"this node has {own}, {string.Join(", ", differ)}: {WhyItMatters}, "
                    + $"so a donor that blocks can look fit{unknown}",
                $"set the same {Variable} on every node; until then hold the gate of a node while it is a donor")
            : Of.Count > 0 ? found with { Says = $"{found.Says}; the same on {string.Join(", ", Of.Keys)}{unknown}" }
            : found with { Says = $"{found.Says}, if all nodes have it: {WhyItMatters}{unknown}" };
    }

    /// <summary>
    /// Asks the other nodes at their HTTP ports, and the archive (if there is one) about those that do not answer.
    /// </summary>
    public static async Task<OthersMethods> AskAsync(
        Settings settings, ushort httpPort, CancellationToken cancellationToken)
    {
        var (methods, unknown) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new List<string>());
        try
        {
            var server = ServerAddress.Of(settings, _ => { });
            var others = new OtherGates(settings.List("peers"), settings.Port("gate-port"), server);
            var nodes = await others.FindAsync(cancellationToken);
            var asked = await Task.WhenAll(nodes.Select(node => AskAsync(node, httpPort, cancellationToken)));
            foreach (var (name, method) in asked)
            {
                if (method is null)
                {
                    unknown.Add($"{name} (no answer at HTTP port {httpPort})");
                }
                else
                {
                    methods[name] = method;
                }
            }
        }
        catch (FormatException e)
        {
            unknown.Add(e.Message);
        }

        foreach (var (name, method) in await ArchivedAsync(settings, unknown, cancellationToken))
        {
            _ = methods.TryAdd(name, method);
        }

        return new OthersMethods(methods, unknown);
    }

    private static async Task<(string Name, string? Method)> AskAsync(
        OtherNode node, ushort httpPort, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(node.Addresses.Select(address =>
            PeerHttp.GetAsync(address, httpPort, "status", MaxAnswerBytes, cancellationToken)));
        var said = answers.Select(Read).FirstOrDefault(one => one.Method is not null);
        return (said.Name ?? node.Name, said.Method);
    }

    private static (string? Name, string? Method) Read(byte[]? answer)
    {
        try
        {
            using var status = JsonDocument.Parse(answer ?? []);
            var root = status.RootElement;
            var method = root.GetProperty("variables").GetProperty(Variable).GetString();
            return (root.GetProperty("node").GetString(), method);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return default;
        }
    }

    private static async Task<IReadOnlyList<(string Name, string Method)>> ArchivedAsync(
        Settings settings, List<string> unknown, CancellationToken cancellationToken)
    {
        if (settings.Text(OptionTable.Archive.Name).Length == 0)
        {
            return [];
        }

        var found = new List<(string, string)>();
        try
        {
            var own = settings.Text("node") is { Length: > 0 } name ? name : Environment.MachineName;
            var address = ArchiveAddress.Of(settings);
            await using var source = address.Open();
            var queries = new ArchiveQueries(source, address.Schema);
            var streams = await queries.StreamsAsync(cancellationToken) ?? [];
            foreach (var stream in streams.Where(one => one.Cluster == settings.Text("cluster") && one.Node != own))
            {
                var newest = await queries.NewestAsync(
                    stream.Stream, nameof(ObservationChanged), ObservationsBack, cancellationToken);
                var methods = newest.Select(one => (one.Envelope.Event as ObservationChanged)?.Observation.SstMethod);
                found.AddRange(methods.OfType<string>().Take(1).Select(method => (stream.Node, method)));
            }
        }
        catch (Exception e) when (e is FormatException or NpgsqlException)
        {
            unknown.Add($"the archive ({e.Message.ReplaceLineEndings(" ")})");
        }

        return found;
    }
}
