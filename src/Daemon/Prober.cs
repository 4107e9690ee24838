using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon;

/// <summary>Probes the server again and again, one probe at a time, and tells the loop what each saw.</summary>
internal sealed class Prober(IProbe probe, TimeSpan interval, int fall, SignalQueue queue, Clock clock)
{
    /// <summary>The longest pause between two probes of a server that hangs.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var timeouts = 0;
        while (true)
        {
            var started = clock.Now();
            var observation = await probe.ObserveAsync(cancellationToken);
            timeouts = observation.Error == ProbeError.Timeout ? timeouts + 1 : 0;
            var now = clock.Now();
            await queue.PutAsync(new Observed(now, observation), cancellationToken);
            var pause = Pause(interval, timeouts, fall) - (timeouts > 0 ? TimeSpan.Zero : now.Since(started)!.Value);
            if (pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, clock.Time, cancellationToken);
            }
        }
    }

    /// <summary>
    /// A server that hangs keeps what every abandoned probe left in it, so once the gate is closed the pause doubles with each timeout. Until then
    /// nothing is slowed: the fall-th timeout must come as soon as it can.
    /// </summary>
    internal static TimeSpan Pause(TimeSpan interval, int timeouts, int fall)
    {
        var pause = interval * Math.Pow(2, Math.Clamp(timeouts - fall, 0, 10));
        return timeouts > fall && pause > LongestPause ? (LongestPause > interval ? LongestPause : interval) : pause;
    }
}
