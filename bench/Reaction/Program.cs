using System.Diagnostics;
using System.Globalization;
using GaleraGate.Lab;

// Measures how soon clients meet each fault: from the fault to the first refused connection, to the removal of the
// rule, and from the fault's end (for a restart and a partition: from when the node is synced again) to the first
// connection served. Each round has a daemon and a journal of its own, so no round is slowed by the flaps of the round
// before.
// bench-reaction [ROUNDS [FAULT...]]; idle measures the cost while nothing happens.
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
var wanted = args.Skip(1).ToHashSet(StringComparer.Ordinal);
using var cluster = Cluster.Start(3);
var node = cluster.Nodes[2];
(string Name, Action<GateDaemon> Begin, Action<GateDaemon> End)[] faults =
[
    ("read-only", _ => node.ReadOnly(true), _ => node.ReadOnly(false)),
    ("desync, rsync", _ => node.Desync(true), _ => node.Desync(false)),
    ("rejected queries", _ => node.RejectQueries("ALL"), _ => node.RejectQueries("NONE")),
    ("kill -9 of the server", _ => node.Kill(), _ => Restart()),
    ("server stopped in order", _ => node.Stop(), _ => Restart()),
    ("server frozen", _ => node.Freeze(), _ => node.Thaw()),
    ("cut off, from non-primary", _ => CutOff(), _ => Heal()),
    ("kill -9 of the daemon", daemon => daemon.Kill(), _ => { }),
    ("daemon frozen", daemon => daemon.Signal("-STOP"), daemon => daemon.Signal("-CONT")),
];
Console.WriteLine(
    "| fault | n | refused: median, 90 %, worst | rule gone: median, 90 %, worst | served again: median, 90 %, worst "
    + "|\n|---|---|---|---|---|");
foreach (var (name, begin, end) in faults.Where(fault => wanted.Count == 0 || wanted.Contains(fault.Name)))
{
    var (refused, gone, served) = (new List<double>(), new List<double>(), new List<double>());
    for (var round = 0; round < rounds; round++)
    {
        Measure(begin, end, refused, gone, served);
    }

    Console.WriteLine($"| {name} | {rounds} | {Of(refused)} | {Of(gone)} | {Of(served)} |");
}

if (wanted.Count == 0 || wanted.Contains("idle"))
{
    Idle();
}

return 0;

void Measure(
    Action<GateDaemon> begin, Action<GateDaemon> end, List<double> refused, List<double> gone, List<double> served)
{
    cluster.AwaitWhole();
    Anew();
    var daemon = GateDaemon.Start(node);
    GateDaemon? next = null;
    try
    {
        GatePort.Await(cluster.Client, node.Address, Meets.Server, 60);
        Thread.Sleep(TimeSpan.FromSeconds(1));
        var began = DateTime.UtcNow;
        var watch = Stopwatch.StartNew();
        var beginning = Task.Run(() =>
        {
            begin(daemon);
            return DateTime.UtcNow;
        });
        // Counted from when the server shows it, because it only begins then.
        if (begin == faults.First(fault => fault.Name.StartsWith("cut off", StringComparison.Ordinal)).Begin)
        {
            beginning.Wait();
            (began, watch) = (beginning.Result, Stopwatch.StartNew());
        }

        Until(Meets.Refused, 60);
        refused.Add(watch.Elapsed.TotalSeconds);
        beginning.Wait();
        if (!daemon.HasEnded && daemon.Events("RedirectRemoved") is { Count: > 0 } || Removed(daemon))
        {
            gone.Add(
                daemon
                    .Events("RedirectRemoved")
                    .Max(e => (e.GetProperty("at").GetDateTime().ToUniversalTime() - began).TotalSeconds));
        }

        Thread.Sleep(TimeSpan.FromSeconds(1));
        end(daemon);
        watch.Restart();
        if (daemon.HasEnded)
        {
            next = GateDaemon.Start(node);
        }

        Until(Meets.Server, 120);
        served.Add(watch.Elapsed.TotalSeconds);
    }
    finally
    {
        daemon.Dispose();
        next?.Dispose();
    }
}

bool Removed(GateDaemon daemon)
{
    for (var waited = Stopwatch.StartNew(); waited.Elapsed < TimeSpan.FromSeconds(3) && !daemon.HasEnded;)
    {
        if (daemon.Events("RedirectRemoved").Count > 0)
        {
            return true;
        }

        Thread.Sleep(20);
    }

    return false;
}

void Anew()
{
    _ = node.Space.Run(GateDaemon.Binary, ["firewall", "purge"]);
    var journal = Path.Combine(node.Folder, "journal");
    if (Directory.Exists(journal))
    {
        Directory.Delete(journal, recursive: true);
    }
}

void Restart()
{
    node.Start();
    node.AwaitSynced();
}

void CutOff()
{
    cluster.Partition(node);
    while (node.Status("wsrep_cluster_status") is "Primary")
    {
        // The server itself takes seconds to notice.
    }
}

void Heal()
{
    cluster.Heal(node);
    node.AwaitSynced();
}

void Until(Meets meets, double seconds)
{
    for (var waited = Stopwatch.StartNew(); GatePort.Meet(cluster.Client, node.Address, milliseconds: 100) != meets;)
    {
        if (waited.Elapsed.TotalSeconds > seconds)
        {
            throw new TimeoutException($"{node.Address}:3308 is not {meets} after {seconds} s");
        }
    }
}

// The cost while nothing happens.
void Idle()
{
    const int Seconds = 60;
    cluster.AwaitWhole();
    Anew();
    using var daemon = GateDaemon.Start(node);
    GatePort.Await(cluster.Client, node.Address, Meets.Server, 60);
    Thread.Sleep(TimeSpan.FromSeconds(10));
    var before = Busy();
    Thread.Sleep(TimeSpan.FromSeconds(Seconds));
    var perHour = (Busy() - before) * 3600 / Seconds;
    var resident = File.ReadLines($"/proc/{daemon.Pid}/status")
        .First(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
    Console.WriteLine(
        $"\nidle: {perHour:0.0} s of CPU an hour, {int.Parse(resident, CultureInfo.InvariantCulture) / 1024} MB "
        + "resident");

    // User and system time of the process and of its children that have ended, in seconds.
    double Busy() =>
        File.ReadAllText($"/proc/{daemon.Pid}/stat")
            .Split(") ")[^1]
            .Split(' ')
            .Skip(11)
            .Take(4)
            .Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / 100;
}

static string Of(List<double> seconds)
{
    var ordered = seconds.Order().ToList();
    return ordered.Count == 0
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{Share(0.5):0.00}, {Share(0.9):0.00}, {ordered[^1]:0.00} s");

    double Share(double share) => ordered[(int)Math.Ceiling(share * ordered.Count) - 1];
}
