using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>Retries of a failed command while no other program changes the rules.</summary>
public sealed class RedirectWorkerTests : IDisposable
{
    private readonly GreetedHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public Task A_change_that_failed_is_tried_again_although_no_rule_has_changed_since() =>
        _host.Server.EnterAsync(async () =>
    {
        // More than one: the first listing of a new namespace may itself change its rules' generation.
        var busy = new BusyTables(3, "-restore");
        var rules = new GateRules("n1", 3308, 3306, [], LocalClients: false);
        using var gate = new IptablesGate(rules, null, busy.RunAsync);
        var signals = new List<Signal>();
        using var ending = new CancellationTokenSource();
        var worker = new RedirectWorker(gate, Family.Ipv4, Signals.Into(signals));
        var working = worker.RunAsync(ending.Token);

        worker.Want(new Redirect(7, 7));
        await Signals.UntilAsync(() => signals.OfType<RedirectReported>().Any(reported => reported.Opened == 7));

        Assert.True(busy.IsFree);
        Assert.NotNull(gate.Generation(Family.Ipv4));
        Assert.True(signals.OfType<RedirectChanged>().First().Result.HasFailed);
        Assert.Equal(Meets.Server, GatePort.Meet(_host.Client, GreetedHost.Addresses[0]));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
    });
}
