using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Iptables;

/// <summary>The real ipset and iptables in a namespace of their own, judged by what a client meets.</summary>
public sealed class KernelLeaseTests : IDisposable
{
    private const string Set = "GALERAGATE-3308";
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly GateRules Rules = new("n1", 3308, 3306, [], LocalClients: true, Leased: true);

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Socket[] _listeners;

    public KernelLeaseTests()
    {
        _server = _host.AddSpace("server");
        _server.Run("ip", ["link", "set", "lo", "up"]);
        _listeners = [_server.Greet(IPAddress.Any, 3306), _server.Greet(IPAddress.IPv6Any, 3306)];
    }

    public void Dispose()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _host.Dispose();
    }

    [Fact]
    public Task A_leased_redirect_works_while_refreshed_and_expires_in_both_families() =>
        Inside(
            async (gate, lease) =>
    {
        await OpenAsync(gate);
        Assert.Equal((Meets.Refused, Meets.Refused), Met);

        Assert.Null(lease.Refresh());
        Assert.Equal((Meets.Server, Meets.Server), Met);
        for (var i = 0; i < 6; i++)
        {
            Thread.Sleep(Length / 4);
            Assert.Null(lease.Refresh());
            Assert.Equal((Meets.Server, Meets.Server), Met);
        }

        Shell.Await(() => Met == (Meets.Refused, Meets.Refused), TimeSpan.FromSeconds(20), "the end of the lease");
        Assert.False(lease.Lives());
        Assert.Equal(7, (await gate.LookAsync(Family.Ipv4, CancellationToken.None)).Opened);
    });

    [Fact]
    public Task Dropping_the_lease_refuses_clients_even_while_the_xtables_lock_is_held() =>
        Inside(
            async (gate, lease) =>
    {
        await OpenAsync(gate);
        Assert.Null(lease.Refresh());
        using var holder = _server.Start("flock", ["/run/xtables.lock", "sleep", "60"]);
        try
        {
            Assert.Equal((Meets.Server, Meets.Server), Met);
            Assert.Null(lease.Drop());
            Assert.Equal((Meets.Refused, Meets.Refused), Met);
            Assert.Null(lease.Drop());
        }
        finally
        {
            holder.Kill(entireProcessTree: true);
            holder.WaitForExit();
        }
    });

    [Fact]
    public Task A_destroyed_set_is_created_again_by_a_refresh_or_by_its_rules() =>
        Inside(
            async (gate, lease) =>
    {
        _server.Run("ipset", ["create", "other", "hash:ip"]);
        Assert.Null(lease.Refresh());
        _server.Run("ipset", ["destroy", Set]);
        Assert.False(lease.Lives());
        Assert.Null(lease.Refresh());
        Assert.True(lease.Lives());

        _server.Run("ipset", ["destroy", Set]);
        await OpenAsync(gate);
        Assert.Contains("other", _server.Run("ipset", ["list", "-n"]), StringComparison.Ordinal);
    });

    [Fact]
    public Task A_set_with_the_same_name_and_another_type_is_reported_and_left_alone() => Inside((_, lease) =>
    {
        _server.Run("ipset", ["create", Set, "hash:ip"]);

        Assert.Equal($"ipset: cannot create {Set}: there is another set of this name", lease.Prepare());
        Assert.NotNull(lease.Refresh());
        Assert.Contains("hash:ip", _server.Run("ipset", ["list", Set]), StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public Task The_set_can_be_removed_once_no_rule_refers_to_it() => Inside(async (gate, lease) =>
    {
        await OpenAsync(gate);
        Assert.Contains("a rule names it", lease.Remove(), StringComparison.Ordinal);
        _ = await gate.PurgeAsync(Family.Ipv4, CancellationToken.None);
        _ = await gate.PurgeAsync(Family.Ipv6, CancellationToken.None);

        Assert.Null(lease.Remove());
        Assert.Null(lease.Remove());
        Assert.DoesNotContain(Set, _server.Run("ipset", ["list", "-n"]), StringComparison.Ordinal);
    });

    private (Meets Ipv4, Meets Ipv6) Met => (GatePort.Meet(_server, "127.0.0.1"), GatePort.Meet(_server, "::1"));

    private static async Task OpenAsync(IptablesGate gate)
    {
        foreach (var family in new[] { Family.Ipv4, Family.Ipv6 })
        {
            Assert.Empty(
                (
                    await gate.ConvergeAsync(family, new Redirect(7, 7), CancellationToken.None)
                ).Facts.OfType<ChangeFailed>());
            Assert.Empty((await gate.ConvergeAsync(family, new Redirect(7, 7), CancellationToken.None)).Facts);
        }
    }

    private Task Inside(Func<IptablesGate, KernelLease, Task> test) => _server.EnterAsync(async () =>
    {
        using var lease = new KernelLease(3308, Length);
        using var gate = new IptablesGate(Rules, lease);
        await test(gate, lease);
    });
}
