using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// Probes the server periodically, one probe at a time, and reports each observation to the loop. If the daemon stalled
/// during a probe, it probes again, because the result is as old as the stall. Other tasks may request an early probe.
/// </summary>
/// <param name="longestPause">The longest pause between two probes of a hanging server.</param>
internal sealed class Prober(
    IProbe probe,
    TimeSpan interval,
    TimeSpan longestPause,
    LatestSnapshot latest,
    SignalQueue queue,
    StallWatch stalls,
    Clock clock)
{
    /// <summary>The longest pause between two probes of a hanging server, unless a lease would expire before.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>Applies however often an early probe is requested, because any local user can do that.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);

    private readonly Nudge _hurry = new(clock.Time);
    private ProbeTally? _tally;

    /// <summary>The duration of the probes since the daemon started.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests an early probe; never waits.</summary>
    public void Hurry() => _hurry.Give();

    /// <summary>Statistics of the probes so far; null before the first.</summary>
    public ProbeTally? Tally => Volatile.Read(ref _tally);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var timeouts = 0;
        while (true)
        {
            var started = clock.Now();
            var observation = await probe.ObserveAsync(cancellationToken);
            var now = clock.Now();
            if (stalls.StoodStillSince(started))
            {
                continue;
            }

            timeouts = observation.Error == ProbeError.Timeout ? timeouts + 1 : 0;
            var took = now.Since(started)!.Value;
            Latency.Count(took);
            var isFailure = observation.Error != ProbeError.None;
            Volatile.Write(
                ref _tally,
                new ProbeTally(
                    (_tally?.Probes ?? 0) + 1,
                    (_tally?.Failed ?? 0) + (isFailure ? 1 : 0),
                    now,
                    took,
                    observation.Error,
                    isFailure ? _tally?.Answered : now));
            await queue.PutAsync(new Observed(now, observation), cancellationToken);
            var fall = latest.Current.Memory.Policy.Gate.Fall;
            var pause = Pause(interval, longestPause, timeouts, fall) - (timeouts >= fall ? TimeSpan.Zero : took);
            if (pause > TimeSpan.Zero)
            {
                await _hurry.WaitAsync(pause, cancellationToken);
                // Requests for early probes do not make the daemon probe a hanging server more often.
                var least = (timeouts > 0 ? interval : ShortestPause) - clock.Now().Since(now)!.Value;
                if (least > TimeSpan.Zero)
                {
                    await Task.Delay(least < pause ? least : pause, clock.Time, cancellationToken);
                }
            }
        }
    }

    /// <summary>
    /// The longest pause under a lease. With a long close-after, the gate of a hanging server stays open for many
    /// timeouts, each of which refreshes the lease. So the next probe must come before the lease expires.
    /// </summary>
    /// <param name="lease">Null if no lease is kept.</param>
    /// <param name="besides">The other time between two refreshes: the probe itself, and the time that an observation
    /// may wait for its refresh.</param>
    internal static TimeSpan LongestPauseUnder(TimeSpan? lease, TimeSpan besides) =>
        lease - besides is { } left && left < LongestPause ? left : LongestPause;

    /// <summary>
    /// A hanging server keeps what every abandoned probe left in it, so after the fall-th timeout each further one
    /// doubles the pause. Until then the pause stays short, because the close must come as soon as possible.
    /// </summary>
    internal static TimeSpan Pause(TimeSpan interval, TimeSpan longest, int timeouts, int fall)
    {
        var pause = interval * Math.Pow(2, Math.Clamp(timeouts - fall, 0, 10));
        return timeouts > fall && pause > longest ? (longest > interval ? longest : interval) : pause;
    }
}
