using GaleraGate.Daemon.Logging;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Logs what this host cannot do for a gate when the daemon starts, not when the gate is about to open for the first
/// time.
/// </summary>
internal static class StartTrial
{
    /// <summary>Runs the trial beside everything else, then waits for the end.</summary>
    public static async Task RunAsync(FirewallChoice choice, bool isLeased, ILogger log, CancellationToken ending)
    {
        foreach (var unable in await choice.TryAsync(isLeased, ending))
        {
            Log.CannotDo(log, unable.Says, unable.Fix);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, ending);
    }
}
