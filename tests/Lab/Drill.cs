using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>
/// The failover drill: two balancer hosts with a floating address, a cluster of three and a client that queries all the
/// time. The drill shuts down and restarts one host after the other, and a query must succeed at every step. At the end
/// it prints a table of each step, the outage that the client saw and what the audit recorded.
/// </summary>
internal sealed class Drill : IDisposable
{
    private const string Query = "SELECT @@wsrep_node_name";

    private readonly Cluster _cluster;
    private readonly Space[] _hosts;
    private readonly List<IDisposable>[] _balancers = [[], []];
    private readonly GateDaemon?[] _gates;
    private readonly string _credentials;
    private readonly Process _client;
    private readonly List<(string What, DateTimeOffset At, bool? Answered)> _steps = [];

    private Drill()
    {
        Console.WriteLine(
            "bringing up three MariaDB Galera nodes and two balancer hosts in network namespaces of their own "
            + "(nothing of the host is touched)");
        _cluster = Cluster.Start(3);
        _hosts = [_cluster.AddHost("lb1", 11), _cluster.AddHost("lb2", 12)];
        _gates = [.. _cluster.Nodes.Select(node => GateDaemon.Start(node))];
        StartBalancer(0);
        StartBalancer(1);
        _cluster.Nodes.ToList().ForEach(AwaitOpen);
        _credentials = Path.Combine(_cluster.Folder, "app.cnf");
        File.WriteAllText(_credentials, $"[client]\nuser={ClusterNode.AppUser}\npassword={ClusterNode.AppPassword}\n");
        File.SetUnixFileMode(_credentials, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Shell.Await(() => Ask() is not null, TimeSpan.FromSeconds(30), "the floating address to answer");
        _client = _cluster.Client.Start(GateDaemon.Binary, [
            "drill",
            "--target",
            $"{Balancer.FloatingAddress}:3306",
            "--query",
            Query,
            "--defaults-extra-file",
            _credentials,
            "--timeout",
            "5s",
            "--json",
            .. _cluster.Nodes.SelectMany(node => new[] { "--journal", JournalOf(node) })]);
    }

    /// <summary>Runs the drill; returns 1 if a query failed.</summary>
    public static int Run()
    {
        using var drill = new Drill();
        drill.Play();
        return drill.Report();
    }

    public void Dispose()
    {
        _client.Dispose();
        _balancers.SelectMany(one => one).ToList().ForEach(one => one.Dispose());
        _gates.ToList().ForEach(gate => gate?.Dispose());
        _cluster.Dispose();
    }

    private void Play()
    {
        RunTheQuery();
        ShutAndStartTheDatabases();
        Step("shut down lb-01", () => StopBalancer(0));
        RunTheQuery();
        ShutAndStartTheDatabases();
        Step("start lb-01", () => StartBalancer(0));
        RunTheQuery();
    }

    private void ShutAndStartTheDatabases()
    {
        for (var number = 0; number < 2; number++)
        {
            Step($"shut down db-0{number + 1}", () => Shut(number));
            RunTheQuery();
            Step($"start db-0{number + 1}", () => Start(number));
        }
    }

    private void Step(string what, Action action)
    {
        _steps.Add((what, DateTimeOffset.UtcNow, null));
        Console.WriteLine($"{_steps.Count,2}. {what}");
        action();
        Thread.Sleep(1000);
    }

    private void RunTheQuery()
    {
        var at = DateTimeOffset.UtcNow;
        var node = Ask();
        _steps.Add(("run the query", at, node is not null));
        Console.WriteLine($"{_steps.Count,2}. run the query: {(node is null ? "FAILED" : $"answered by {node}")}");
        Thread.Sleep(1000);
    }

    private string? Ask() => _cluster.Client.Try(
        "mariadb",
        $"--defaults-extra-file={_credentials}",
        "-h",
        Balancer.FloatingAddress,
        "--connect-timeout=5",
        "-Nse",
        Query)
        is (0, var answer, _)
        ? answer.Trim()
        : null;

    private void Shut(int number)
    {
        // As when a host shuts down: the gate's daemon stops before its server.
        _gates[number]!.Stop();
        _gates[number]!.Dispose();
        _gates[number] = null;
        _cluster.Nodes[number].Stop();
    }

    private void Start(int number)
    {
        _cluster.Nodes[number].Start();
        _gates[number] = GateDaemon.Start(_cluster.Nodes[number]);
        _cluster.Nodes[number].AwaitSynced();
        AwaitOpen(_cluster.Nodes[number]);
    }

    private void StartBalancer(int number)
    {
        _balancers[number].Add(Balancer.Start(_cluster, _hosts[number], "haproxy-tcp.cfg"));
        _balancers[number]
            .Add(
                Balancer.Start(
                    _cluster,
                    _hosts[number],
                    Balancer.FloatingConfiguration,
                    text => text.Replace("priority 101", $"priority {101 - number}", StringComparison.Ordinal)));
        Thread.Sleep(TimeSpan.FromSeconds(5));
    }

    private void StopBalancer(int number)
    {
        // The floating address goes first, as when a host stops its services.
        _balancers[number].AsEnumerable().Reverse().ToList().ForEach(one => one.Dispose());
        _balancers[number].Clear();
    }

    private void AwaitOpen(ClusterNode node) => _ = GatePort.Await(_cluster.Client, node.Address, Meets.Server, 60);

    private static string JournalOf(ClusterNode node) => Path.Combine(node.Folder, "journal");

    private int Report()
    {
        Shell.Signal("-INT", _client.Id);
        var lines = _client
            .StandardOutput.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        var (outages, summary) = (lines[..^1], lines[^1]);
        Console.WriteLine();
        Console.WriteLine($"{"step",-24} {"query",-9} {"outage seen by the client",-28} the audit's own account");
        for (var i = 0; i < _steps.Count; i++)
        {
            var (what, from, answered) = _steps[i];
            var to = i + 1 < _steps.Count ? _steps[i + 1].At : DateTimeOffset.MaxValue;
            var seen = outages
                .Where(outage => outage.GetProperty("from").GetDateTimeOffset() is var at && at >= from && at < to)
                .Select(outage =>
                    string.Create(CultureInfo.InvariantCulture, $"{outage.GetProperty("seconds").GetDouble():0.00} s"))
                .ToList();
            var account = _cluster
                .Nodes.SelectMany(node => EventsOf(node, from, to))
                .OrderBy(one => one.At)
                .Select(one => one.Words);
            Console.WriteLine(
                $"{i + 1,2}. {what,-20} {(answered is null ? "" : answered.Value ? "answered" : "FAILED"),-9} "
                + $"{(seen.Count == 0 ? "none" : string.Join(", ", seen)),-28} {string.Join("; ", account)}");
        }

        Console.WriteLine();
        Console.WriteLine(
            $"{summary.GetProperty("attempts")} queries through the floating address, one every 100 ms: "
            + $"{summary.GetProperty("failed")} failed, {outages.Count} outages; answers "
            + $"{summary.GetProperty("answers")}");
        foreach (var outage in outages)
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  outage of {outage.GetProperty("seconds").GetDouble():0.00} s from "
                    + $"{outage.GetProperty("from").GetDateTimeOffset():HH:mm:ss.fff}: "
                    + $"{outage.GetProperty("error")}"));
        }

        return _steps.Any(step => step.Answered == false) ? 1 : 0;
    }

    private static IEnumerable<(DateTimeOffset At, string Words)> EventsOf(
        ClusterNode node, DateTimeOffset from, DateTimeOffset to)
    {
        var lines = Shell.Run(
            GateDaemon.Binary,
            "audit",
            "events",
            "--journal",
            JournalOf(node),
            "--json",
            "--type",
            "GateOpened",
            "GateClosed");
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            var (at, type) = (
                document.RootElement.GetProperty("at").GetDateTimeOffset(),
                document.RootElement.GetProperty("type").GetString());
            if (at >= from && at < to)
            {
                var data = document.RootElement.GetProperty("data");
                var turn = type == "GateOpened" ? "opened" : $"closed ({data.GetProperty("reason")})";
                yield return (at, $"{node.Name} {turn}");
            }
        }
    }
}
