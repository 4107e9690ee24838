using GaleraGate.Domain.Events;

namespace GaleraGate.EndToEnd.Tests.Control;

/// <summary>The hold placed by the server's unit ends when the server is back, whichever unit started it.</summary>
public sealed class ServiceHoldTests : IDisposable
{
    private readonly DryDaemon _dry = new();

    public ServiceHoldTests() => Up("1000");

    public void Dispose() => _dry.Dispose();

    [Fact]
    public void The_units_hold_ends_once_the_server_has_restarted_and_is_synced()
    {
        _dry.AwaitOpen();
        Hold("--service");
        Probes(20);
        Assert.Empty(_dry.Gate.Events(nameof(HoldLifted)));

        Up("0", state: "1");
        Probes(20);
        Assert.Empty(_dry.Gate.Events(nameof(HoldLifted)));

        Up("1");
        _dry.AwaitOpen();
        var lifted = Assert.Single(_dry.Gate.Events(nameof(HoldLifted))).GetProperty("data");
        Assert.Equal("Service", lifted.GetProperty("hold").GetString());
        Assert.Contains("the server has started since", lifted.GetProperty("by").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_units_hold_ends_even_if_the_server_started_without_a_daemon()
    {
        _dry.AwaitOpen();
        Hold("--service");
        _dry.Gate.Kill();
        Up("0");

        _dry.Restart();

        _dry.AwaitOpen();
    }

    [Fact]
    public void An_operators_hold_stays_when_the_server_restarts()
    {
        _dry.AwaitOpen();
        Hold("--service");
        Hold();

        Up("0");

        _dry.Gate.AwaitEvent(nameof(HoldLifted));
        Probes(20);
        Assert.Equal("operator", _dry.Gate.Status().GetProperty("holds")[0].GetProperty("hold").GetString());
        _dry.AwaitOpen(false);
    }

    private void Hold(params string[] arguments) =>
        Assert.Equal(0, _dry.Gate.Ask("hold", ["--reason", "it stops", .. arguments]).ExitCode);

    private void Up(string seconds, string state = "4") => _dry.Node.Status =
        new Dictionary<string, string>(_dry.Node.Status) { ["Uptime"] = seconds, ["wsrep_local_state"] = state };

    private void Probes(long count)
    {
        long Made() => _dry.Gate.Status().GetProperty("probe").GetProperty("probes").GetInt64();
        var before = Made();
        Lab.Shell.Await(() => Made() >= before + count, TimeSpan.FromSeconds(60), "some probes");
    }
}
