using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Nftables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>A gate of iptables that nftables takes over, judged by what clients meet on the real kernel.</summary>
public sealed class TakeOverTests : IDisposable
{
    private static readonly Family[] Both = [Family.Ipv4, Family.Ipv6];
    private static readonly Redirect OpenAt7 = new(7, 7);

    private readonly GreetedHost _host = new();

    public void Dispose() => _host.Dispose();

    /// <summary>Without a lease, nothing else would ever close the gate.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Rules_that_could_not_be_listed_at_first_are_removed_later(bool isOpen) =>
        _host.Server.EnterAsync(async () =>
    {
        var rules = new GateRules("n1", 3308, 3306, [], LocalClients: false);
        using var lease = new KernelLease(3308, TimeSpan.FromSeconds(5));
        using (var before = new IptablesGate(rules))
        {
            foreach (var family in Both)
            {
                Assert.False((await before.ConvergeAsync(family, OpenAt7, CancellationToken.None)).HasFailed);
            }
        }

        Assert.All(GreetedHost.Addresses, address => Assert.Equal(Meets.Server, GatePort.Meet(_host.Client, address)));
        using var left = new IptablesGate(rules, null, new BusyTables(Both.Length).RunAsync);
        using var own = new NativeGate(new NativeRules("n1", 3308, 3306, [], LocalClients: false));
        using var over = new TakeOver((own, [Family.Inet]), null, (left, Both, lease), () => null);
        var wish = isOpen ? OpenAt7 : new Redirect(null, 9);

        // The check at the start is over; from here on a running daemon does the work.
        Assert.False((await over.ConvergeAsync(Family.Inet, wish, CancellationToken.None)).HasFailed);
        Assert.Null(over.Generation(Family.Inet));
        Assert.All(GreetedHost.Addresses, address => Assert.Equal(Meets.Server, GatePort.Meet(_host.Client, address)));

        var signals = new List<Signal>();
        using var ending = new CancellationTokenSource();
        var worker = new RedirectWorker(over, Family.Inet, Signals.Into(signals));
        var working = worker.RunAsync(ending.Token);
        worker.Want(wish);
        await Signals.UntilAsync(() => signals.OfType<RedirectChanged>()
            .SelectMany(changed => changed.Result.Left)
            .SelectMany(left => left.Facts)
            .Count(fact => fact is RuleWent { IsRedirect: true }) == 2);

        Assert.All(
            GreetedHost.Addresses,
            address => Assert.Equal(isOpen ? Meets.Server : Meets.Refused, GatePort.Meet(_host.Client, address)));
        Assert.NotNull(over.Generation(Family.Inet));
        Assert.DoesNotContain("GALERAGATE", _host.Server.Run("iptables-save", "-t", "nat"), StringComparison.Ordinal);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
    });
}
