using GaleraGate.Daemon.Loop;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Time.Testing;

namespace GaleraGate.Daemon.Tests.Loop;

public sealed class StallWatchTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StallWatch _stalls;

    public StallWatchTests() => _stalls = new StallWatch(
        new SignalQueue(), new Clock(_time, () => TimeSpan.FromTicks(_time.GetTimestamp()), "boot"));

    [Fact]
    public void Each_stall_is_taken_once_and_in_its_order_however_many_pass_before_the_loop_runs()
    {
        Assert.Empty(_stalls.Take());
        Look(3);
        Look(0.2);
        Look(5);

        Assert.Equal([2.75, 4.75], _stalls.Take().Select(stalled => stalled.Lasted.TotalSeconds));
        Assert.Empty(_stalls.Take());
        Look(2);
        Assert.Equal([1.75], _stalls.Take().Select(stalled => stalled.Lasted.TotalSeconds));
    }

    [Fact]
    public void A_host_that_is_merely_busy_has_not_stalled()
    {
        Look(0.2);
        Look(1.2);

        Assert.Empty(_stalls.Take());
    }

    private void Look(double after)
    {
        _time.Advance(TimeSpan.FromSeconds(after));
        _ = _stalls.Look();
    }
}
