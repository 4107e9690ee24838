using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// Probes the server again and again, one probe at a time, and tells the loop what each saw. Where the daemon itself
/// stood still meanwhile it asks again instead: what came back is as old as the stall. Whoever knows that something
/// happened may hurry it.
/// </summary>
/// <param name="longestPause">Between two probes of a server that hangs.</param>
internal sealed class Prober(
    IProbe probe,
    TimeSpan interval,
    TimeSpan longestPause,
    LatestSnapshot latest,
    SignalQueue queue,
    StallWatch stalls,
    Clock clock)
{
    /// <summary>The longest pause between two probes of a server that hangs, where no lease ends before.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(4);

    /// <summary>However often it is hurried: anybody on the host may.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(20);

    private readonly Nudge _hurry = new(clock.Time);
    private ProbeTally? _tally;

    /// <summary>How long the probes took, since the daemon started.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Probe now; never waits.</summary>
    public void Hurry() => _hurry.Give();

    /// <summary>What the probes came to until now; null before the first.</summary>
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
                // A server that hangs is not asked more often because somebody hurries.
                var least = (timeouts > 0 ? interval : ShortestPause) - clock.Now().Since(now)!.Value;
                if (least > TimeSpan.Zero)
                {
                    await Task.Delay(least < pause ? least : pause, clock.Time, cancellationToken);
                }
            }
        }
    }

    /// <summary>
    /// The longest pause under a lease: a long close-after keeps the gate of a server that hangs open for many
    /// timeouts, and each of them vouches. So the next comes before the lease ends, as every probe does.
    /// </summary>
    /// <param name="lease">Null where none is kept.</param>
    /// <param name="besides">What else passes from one refresh to the next: the probe, and the time that an observation
    /// may wait for its refresh.</param>
    internal static TimeSpan LongestPauseUnder(TimeSpan? lease, TimeSpan besides) =>
        lease - besides is { } left && left < LongestPause ? left : LongestPause;

    /// <summary>
    /// A server that hangs keeps what every abandoned probe left in it, so the pause doubles with each timeout that
    /// comes after the fall-th. Until then nothing is slowed: that one must come as soon as it can.
    /// </summary>
    internal static TimeSpan Pause(TimeSpan interval, TimeSpan longest, int timeouts, int fall)
    {
        var pause = interval * Math.Pow(2, Math.Clamp(timeouts - fall, 0, 10));
        return timeouts > fall && pause > longest ? (longest > interval ? longest : interval) : pause;
    }
}
