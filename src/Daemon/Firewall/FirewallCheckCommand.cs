using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// Tests whether the nodes reach each other at Galera's ports, in both directions if the peer runs galeragate too.
/// </summary>
internal static class FirewallCheckCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json")
        {
            Description = "one JSON array: peer, address, port, purpose, direction, reached, rule, advice",
        };
        var http = PeerHttp.Port("which try the way back");
        var command = new Command(
            "check",
            "Try each port that Galera needs at each peer, both ways if the peer answers HTTP checks: "
            + "exit 1 if something needed is blocked");
        var settings = Settings.For(command, [OptionTable.GatePort], [OptionTable.Peers]);
        command.Options.Add(json);
        command.Options.Add(http);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var named = settings.With(parsed).List("peers");
            var hosts = named.Where(OtherGates.IsPeer).Select(OtherGates.HostOf).ToList();
            if (hosts.Count == 0)
            {
                throw new FormatException(named.Count == 0
                    ? "--peers is empty: name the other nodes"
                    : "--peers: only networks are named, and each host in them cannot be tried: name the other nodes");
            }

            var tried = new PeerPaths(parsed.GetValue(http));
            var reports = await Task.WhenAll(hosts.Select(host => tried.OfAsync(host, cancellationToken)));
            List<PathReport> paths = [.. reports.SelectMany(one => one)];
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(paths, PathJson.Default.IReadOnlyListPathReport));
            }
            else
            {
                Write(paths);
            }

            return paths.Exists(path => path.Reached is PathWords.Blocked or PathWords.TooSmall) ? 1 : 0;
        });
        return command;
    }

    private static void Write(IReadOnlyList<PathReport> paths)
    {
        foreach (var peer in paths.GroupBy(path => path.Peer))
        {
            foreach (var address in peer.GroupBy(path => path.Address))
            {
                var heading = address.Key is { } one && one != peer.Key ? $"{peer.Key} ({one})" : peer.Key;
                Terminal.Output.Write(Line.Of(heading, Tone.Strong));
                address.ToList().ForEach(Write);
            }
        }
    }

    private static void Write(PathReport path)
    {
        const int Indent = 8;
        var tone = path.Reached switch
        {
            PathWords.Open => Tone.Good,
            PathWords.Blocked or PathWords.TooSmall => Tone.Bad,
            PathWords.Apart => Tone.Caution,
            _ => Tone.Quiet,
        };
        var arrow = path.Direction == "to" ? "->" : "<-";
        var port = path.Port == 0 ? "" : path.Port.ToString(CultureInfo.InvariantCulture);
        Terminal.Output.Write(Line.Of($"  {arrow} {port,-5} {path.Purpose,-21} ").Add(path.Reached, tone));
        foreach (var more in new[] { path.Rule is { } rule ? $"by {rule}" : null, path.Advice }.OfType<string>())
        {
            Terminal.Output.WriteWrapped(Line.Of(new string(' ', Indent) + more, Tone.Quiet), Indent);
        }
    }
}
