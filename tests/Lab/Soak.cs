using System.Collections.Concurrent;
using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>
/// A cluster of three with a galeragate on each node, two with iptables and one with nftables, all shipping to one
/// archive. Clients query through nginx all the time. Faults come at random: one at a time on the nodes, and others on
/// PostgreSQL at the same time. Every 10 s the soak samples each daemon's process. At the end, rules decide whether it
/// passed.
/// </summary>
internal sealed partial class Soak : IDisposable
{
    public const string ClusterName = "soak";

    private const string Quiet = "nothing";
    private const string AtTheEnd = "the end of a fault";
    private const int Clients = 3;

    private static readonly TimeSpan BetweenSamples = TimeSpan.FromSeconds(10);

    private readonly long _started;
    private readonly Random _random;
    private readonly Random _archiveRandom;
    private readonly Cluster _cluster;
    private readonly PostgresServer _archive = PostgresServer.Begin();
    private readonly List<SoakNode> _nodes;
    private readonly Balancer _balancer;
    private readonly List<QueryingClient> _clients;
    private readonly List<SoakSample> _samples = [];
    private readonly ConcurrentDictionary<string, (int Tried, int Failed)> _queries = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<string, int> _faults = new();
    private readonly List<string> _notBack = [];
    private volatile Phase _phase = new(Quiet, 0);

    private Soak(int seed)
    {
        (_random, _archiveRandom) = (new Random(seed), new Random(seed + 1));
        _cluster = Cluster.Start(
            3, options: new Dictionary<string, string> { ["max_connect_errors"] = "1000000000" }, progress: Say);
        var (exitCode, _, error) = Shell.Try(
            GateDaemon.Binary, "archive", "init", "--archive", _archive.Connection);
        if (exitCode != 0)
        {
            throw new InvalidOperationException(error);
        }

        _nodes =
        [
            .. _cluster.Nodes.Select(node => new SoakNode(
                _cluster, node, node == _cluster.Nodes[2] ? "nftables" : "iptables", _archive.Connection)),
        ];
        _balancer = Balancer.Start(_cluster, _cluster.Client, "nginx.conf");
        AwaitServing("the gates to open");
        _clients =
        [
            .. Enumerable.Range(0, Clients).Select(_ => new QueryingClient(
                _cluster.Client, "127.0.0.1", Balancer.PortOf("nginx.conf"), Count)),
        ];
        _started = Stopwatch.GetTimestamp();
    }

    private double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <returns>Exit code 0 when every rule held.</returns>
    public static int Run(TimeSpan length, int seed, string? samples)
    {
        Say($"{length.TotalMinutes:0} minutes, seed {seed}, {GateDaemon.Binary}");
        using var soak = new Soak(seed);
        soak.Play(length);
        if (samples is not null)
        {
            File.WriteAllLines(samples, soak._samples.Select(one => $"{one}").Prepend(SoakSample.Columns));
        }

        return soak.Judge() ? 0 : 1;
    }

    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        _balancer.Dispose();
        _nodes.ForEach(node => node.Dispose());
        _cluster.Dispose();
        _archive.Dispose();
    }

    private void Play(TimeSpan length)
    {
        using (new Watch(Sample))
        using (new Watch(BreakArchive))
        {
            while (Seconds < length.TotalSeconds && _notBack.Count == 0)
            {
                Thread.Sleep(_random.Next(2000, 8000));
                Break(_nodes[_random.Next(_nodes.Count)]);
            }
        }
    }

    /// <summary>Plays one fault on a node and waits until all gates are open again.</summary>
    private void Break(SoakNode node)
    {
        var fault = SoakFaults.Draw(_random, node.Node.Name);
        var lasts = TimeSpan.FromSeconds(1 + (_random.NextDouble() * fault.Longest));
        _ = _faults.AddOrUpdate(fault.Name, 1, (_, count) => count + 1);
        _phase = new Phase(fault.Name, Stopwatch.GetTimestamp());
        node.Disturb(fault.Disturbs);
        var began = Seconds;
        try
        {
            fault.Begin(node);
            Thread.Sleep(lasts);
            fault.End(node);
            _cluster.AwaitWhole();
            AwaitServing($"the gates to open after {fault.Name} on {node.Node.Name}");
            Say($"{began,6:0} s  {node.Node.Name}: {fault.Name} for {lasts.TotalSeconds:0.0} s, back after "
                + $"{Seconds - began - lasts.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or MySqlConnector.MySqlException)
        {
            _notBack.Add($"{began:0} s: {fault.Name} on {node.Node.Name}: {e.Message}");
        }

        node.Disturb(false);
        _phase = new Phase(Quiet, Stopwatch.GetTimestamp());
    }

    /// <summary>Kills or freezes PostgreSQL for a while, whatever else is happening.</summary>
    private void BreakArchive()
    {
        Thread.Sleep(_archiveRandom.Next(20_000, 90_000));
        var (isKilled, lasts) = (_archiveRandom.Next(2) == 0, _archiveRandom.Next(5000, 40_000));
        var name = isKilled ? "PostgreSQL killed" : "PostgreSQL frozen";
        _ = _faults.AddOrUpdate(name, 1, (_, count) => count + 1);
        if (isKilled)
        {
            _archive.Kill();
            Thread.Sleep(lasts);
            _archive.Start();
        }
        else
        {
            _archive.Freeze(true);
            Thread.Sleep(lasts);
            _archive.Freeze(false);
        }
    }

    private void Sample()
    {
        foreach (var node in _nodes)
        {
            if (SoakSample.Take(node.Node.Name, node.Gate.Pid, Seconds, node.Journal) is { } sample)
            {
                _samples.Add(sample);
            }

            node.Scrape();
        }

        Thread.Sleep(BetweenSamples);
    }

    private void Count(Query query)
    {
        var failed = query.Node is null ? 1 : 0;
        var phase = _phase;
        var during = phase.Name == Quiet && query.Started < phase.Since ? AtTheEnd : phase.Name;
        _ = _queries.AddOrUpdate(
            during, (1, failed), (_, before) => (before.Tried + 1, before.Failed + failed));
        if (_nodes.Find(one => one.Node.Name == query.Node)?.Watch is { UnfitSince: not 0 and var since } watch
            && query.Started > since
            && Stopwatch.GetElapsedTime(since, query.Started) > watch.Allowed(isSilent: true))
        {
            _wrong.Enqueue($"{Seconds:0} s: {query.Node} answered during {during}, unfit since "
                + $"{Stopwatch.GetElapsedTime(since, query.Started).TotalSeconds:0.0} s");
        }
    }

    private void AwaitServing(string what)
    {
        var since = Stopwatch.GetTimestamp();
        Shell.Await(
            () =>
            {
                since = _nodes.TrueForAll(node => node.Watch.Serves) ? since : Stopwatch.GetTimestamp();
                return Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(2);
            },
            TimeSpan.FromSeconds(60), what);
    }

    private static void Say(string what) => Console.WriteLine(what);

    /// <summary>The current fault, and since when.</summary>
    private sealed record Phase(string Name, long Since);
}
