using System.Diagnostics;
using System.Globalization;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Nftables;
using GaleraGate.Lab;

// bench-firewall [ROUNDS]
// Measures what a rule change, a check that finds nothing to do and a refresh of the lease cost with each backend: in a
// network namespace of its own, both address families, with the real kernel.
var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
var five = TimeSpan.FromSeconds(5);
using var host = new LabHost();
await host.AddSpace("iptables").EnterAsync(async () =>
{
    using var lease = new KernelLease(3308, five);
    using var gate = new IptablesGate(new GateRules("n1", 3308, 3306, [], false, Leased: true), lease);
    await MeasureAsync("iptables", gate, lease, [Family.Ipv4, Family.Ipv6]);
});
await host.AddSpace("nftables").EnterAsync(async () =>
{
    using var lease = new NativeLease(3308, five);
    using var gate = new NativeGate(new NativeRules("n1", 3308, 3306, [], false, Leased: true), lease);
    await MeasureAsync("nftables", gate, lease, [Family.Inet]);
});

async Task MeasureAsync(string backend, IFirewall gate, ILease lease, IReadOnlyList<Family> families)
{
    async Task BringAsync(long? opened)
    {
        // As the daemon does it: both address families in parallel.
        var results = await Task.WhenAll(families.Select(family =>
            gate.ConvergeAsync(family, new Redirect(opened, 1), CancellationToken.None)));
        if (results.Any(result => result.HasFailed))
        {
            throw new InvalidOperationException(results.First(result => result.HasFailed).Facts[0].ToString());
        }
    }

    await BringAsync(null);
    List<double> opening = [], looking = [], refreshing = [], dropping = [], closing = [], asking = [];
    for (var round = 1; round <= rounds; round++)
    {
        opening.Add(await TimeAsync(() => BringAsync(round)));
        looking.Add(await TimeAsync(() => BringAsync(round)));
        _ = lease.Refresh();
        refreshing.Add(Time(() => lease.Refresh()));
        asking.Add(Time(() => gate.Generation(families[0])));
        dropping.Add(Time(() => lease.Drop()));
        closing.Add(await TimeAsync(() => BringAsync(null)));
    }

    Say(backend, "open the gate", opening);
    Say(backend, "close it: the lease", dropping);
    Say(backend, "close it: the rules", closing);
    Say(backend, "look, nothing to change", looking);
    Say(backend, "ask the generation", asking);
    Say(backend, "refresh the lease", refreshing);
}

static double Time(Action act)
{
    var started = Stopwatch.GetTimestamp();
    act();
    return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
}

static async Task<double> TimeAsync(Func<Task> act)
{
    var started = Stopwatch.GetTimestamp();
    await act();
    return Stopwatch.GetElapsedTime(started).TotalMicroseconds;
}

static void Say(string backend, string what, List<double> times)
{
    times.Sort();
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{backend,-9} {what,-24} median {times[times.Count / 2] / 1000,8:0.000} ms, 90 % "
        + $"{times[times.Count * 9 / 10] / 1000,8:0.000} ms, worst {times[^1] / 1000,8:0.000} ms"));
}
