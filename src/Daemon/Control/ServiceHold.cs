using GaleraGate.Daemon.Loop;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// Ends the hold of the server's unit when the server is back and synced, however it was started: by another unit
/// (mysql@bootstrap, galera_new_cluster), a script, or a boot. The server's uptime, or a restart that was noticed after
/// the hold, shows that it has started since. So no unit needs to release the hold, and no daemon needs to have run
/// meanwhile.
/// </summary>
internal static class ServiceHold
{
    private const string By = "galeragate: the server has started since, and is synced";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>The server counts its uptime in whole seconds.</summary>
    private static readonly TimeSpan Grain = TimeSpan.FromSeconds(1);

    /// <summary>Checks until cancelled.</summary>
    /// <param name="answered">When the server last answered; null before its first answer.</param>
    public static async Task WatchAsync(
        LatestSnapshot latest,
        Func<Instant?> answered,
        SignalQueue queue,
        Clock clock,
        CancellationToken cancellationToken)
    {
        for (var looks = 0; ; await Task.Delay(LookEvery, clock.Chores, cancellationToken))
        {
            // Read before the snapshot: an answer paired with a later time would make the server look younger.
            var at = answered();
            var now = latest.Current;
            var isOver = now.Standing.Holds.Find(hold => hold.Hold == Holds.Service) is { } hold
                && at is { } time
                && now.State.Verdict is { } verdict
                && IsOver(hold, now.Standing.ServerRestarted, time, now.Memory.Answer, now.State.NodeState, verdict);
            looks = isOver ? looks + 1 : 0;
            if (looks == 2)
            {
                await queue.PutAsync(new HoldReleased(clock.Now(), Holds.Service, By), cancellationToken);
            }
        }
    }

    /// <summary>
    /// Whether the server has started since the hold was placed, and would serve if it were not held.
    /// </summary>
    /// <param name="restarted">When a restart of the server was last noticed.</param>
    internal static bool IsOver(
        HoldInForce hold,
        Instant? restarted,
        Instant answered,
        Observation? answer,
        NodeState state,
        Verdict verdict)
    {
        if (answer is null || !(state == NodeState.Synced || (verdict.Reasons & ~Reasons.Held) == Reasons.None))
        {
            return false;
        }

        // If the host was rebooted, the server has started since.
        if (answered.Since(hold.At) is not { } age)
        {
            return true;
        }

        if (answer.Uptime.Value is not { } seconds)
        {
            return false;
        }

        var uptime = TimeSpan.FromSeconds(seconds);
        // A server that stops and starts within one second never looks younger than the hold.
        return uptime + Grain < age || (uptime - Grain < age && restarted?.Since(hold.At) > TimeSpan.Zero);
    }
}
