using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>Prints the rules of this node's own firewall; changes nothing.</summary>
internal static class PlanCommand
{
    private static readonly Option<string> Format = new("--format")
    {
        Description = "restore: for iptables-restore --noflush; commands: one iptables command a line",
        HelpName = "FORM",
        DefaultValueFactory = _ => "restore",
    };

    public static Command Create()
    {
        var command = new Command(
            "plan", "Print the filter rules that this node needs: who may come to which of its ports");
        var settings = SettingsFor(command);
        command.Options.Add(Format);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var rules = await RulesOf(settings.With(parsed), cancellationToken);
            var print = parsed.GetValue(Format) switch
            {
                "restore" => (Func<Family, string>)rules.AsRestore,
                "commands" => family => string.Join('\n', rules.AsCommands(family)) + "\n",
                var other => throw new FormatException($"--format takes restore or commands, not '{other}'"),
            };
            foreach (var family in Families.OfThisHost())
            {
                Console.Write($"# {family.ToString().ToLowerInvariant()}\n{print(family)}");
            }
        });
        return command;
    }

    /// <summary>Adds the options of the cluster's firewall to a command.</summary>
    public static Settings SettingsFor(Command command) =>
        Settings.For(command, [OptionTable.GatePort, OptionTable.ServerPort], OptionTable.Firewall);

    /// <exception cref="FormatException">A source is missing, or a name cannot be resolved; the message is one line for
    /// people.</exception>
    public static async Task<ClusterRules> RulesOf(Settings settings, CancellationToken cancellationToken)
    {
        var rules = new ClusterRules
        {
            GatePort = settings.Port("gate-port"),
            ServerPort = settings.Port("server-port"),
            Peers = await SourcesOf("peers"),
            Clients = await SourcesOf("clients"),
            Balancers = await SourcesOf("balancers"),
            Pmm = await SourcesOf("pmm"),
            ReplicationSources = await SourcesOf("replication-source"),
            GatedOnly = settings.Flag("gated-only"),
        };
        return rules.Peers.Count == 0
                ? throw new FormatException(
                    "--peers is empty, and the node could reach no cluster: name the other nodes")
            : rules.Clients.Count + rules.Balancers.Count == 0
                ? throw new FormatException(
                    "--clients and --balancers are empty, and no client could reach the server: name one of them")
            : rules;

        async Task<IReadOnlyList<Source>> SourcesOf(string option)
        {
            var sources = new List<Source>();
            foreach (var text in settings.List(option))
            {
                var host = option == "peers" && OtherGates.IsPeer(text) ? OtherGates.HostOf(text) : text;
                sources.AddRange(await ResolveAsync(option, host, cancellationToken));
            }

            return sources;
        }
    }

    private static async Task<IEnumerable<Source>> ResolveAsync(
        string option, string text, CancellationToken cancellationToken)
    {
        if (HostAddress.ParseNetwork(text) is { } network)
        {
            return [new Source(network, network.ToString())];
        }

        try
        {
            return (await Dns.GetHostAddressesAsync(text, cancellationToken)).Distinct()
                .Select(address => new Source(
                    new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32), text));
        }
        catch (SocketException e)
        {
            throw new FormatException($"--{option}: the host '{text}' is not known: {e.Message}", e);
        }
    }
}
