using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Nftables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Nftables;

/// <summary>The kernel's real set in a namespace of its own, judged by what a client meets.</summary>
public sealed class NativeLeaseTests : IDisposable
{
    private const string Table = "galeragate-3308";
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly NativeRules Rules = new("n1", 3308, 3306, [], LocalClients: true, Leased: true);

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Socket[] _listeners;

    public NativeLeaseTests()
    {
        _server = _host.AddSpace("server");
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
    public Task A_leased_redirect_works_while_refreshed_and_then_expires() => Inside(async (gate, lease) =>
    {
        await OpenAsync(gate);
        Assert.Equal((Meets.Refused, Meets.Refused), Met);
        Assert.False(lease.Lives());

        Assert.Null(lease.Refresh());
        Assert.True(lease.Lives());
        for (var i = 0; i < 6; i++)
        {
            Thread.Sleep(Length / 4);
            Assert.Null(lease.Refresh());
            Assert.Equal((Meets.Server, Meets.Server), Met);
        }

        Shell.Await(() => Met == (Meets.Refused, Meets.Refused), TimeSpan.FromSeconds(20), "the end of the lease");
        Assert.False(lease.Lives());
        Assert.Equal(7, (await gate.LookAsync(Family.Inet, CancellationToken.None)).Opened);
        Assert.Null(lease.Refresh());
        Assert.Equal((Meets.Server, Meets.Server), Met);
        Assert.Null(lease.Drop());
        Assert.Equal((Meets.Refused, Meets.Refused), Met);
        Assert.Null(lease.Drop());
    });

    [Fact]
    public Task Refreshing_during_rule_changes_refuses_no_client() => Inside(async (gate, lease) =>
    {
        await OpenAsync(gate);
        Assert.Null(lease.Refresh());
        var (met, refused) = (0, 0);
        using (new Watch(() =>
        {
            _ = Interlocked.Increment(ref met);
            refused += Met == (Meets.Server, Meets.Server) ? 0 : 1;
        }))
        {
            for (var opened = 8; Volatile.Read(ref met) < 200; opened++)
            {
                Assert.Null(lease.Refresh());
                _ = await gate.ConvergeAsync(Family.Inet, new Redirect(opened, opened), CancellationToken.None);
            }
        }

        Assert.Equal(0, refused);
    });

    [Theory]
    [InlineData($"flush set inet {Table} open")]
    [InlineData($"delete table inet {Table}")]
    public Task A_removed_set_is_created_again_by_a_refresh(string mischief) => Inside((_, lease) =>
    {
        Assert.Null(lease.Refresh());
        _server.Run("nft", [mischief]);
        Assert.False(lease.Lives());
        Assert.Null(lease.Refresh());
        Assert.True(lease.Lives());
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_set_with_the_same_name_and_another_type_is_reported() => Inside((_, lease) =>
    {
        _server.Run("nft", [$"add table inet {Table}; add set inet {Table} open {{ type ipv4_addr; }}"]);

        Assert.StartsWith(
            "nftables: cannot refresh the set open: there is another set of this name",
            lease.Refresh(),
            StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    private (Meets Ipv4, Meets Ipv6) Met => (GatePort.Meet(_server, "127.0.0.1"), GatePort.Meet(_server, "::1"));

    private static async Task OpenAsync(NativeGate gate)
    {
        var opened = await gate.ConvergeAsync(Family.Inet, new Redirect(7, 7), CancellationToken.None);
        Assert.Empty(opened.Facts.OfType<ChangeFailed>());
    }

    private Task Inside(Func<NativeGate, NativeLease, Task> test) => _server.EnterAsync(async () =>
    {
        using var lease = new NativeLease(3308, Length);
        using var gate = new NativeGate(Rules, lease);
        await test(gate, lease);
    });
}
