using GaleraGate.Daemon.Logging;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// What this host cannot do for a gate is logged when the daemon starts, and not when the gate is to open for the first
/// time.
/// </summary>
internal static class StartTrial
{
    /// <summary>Tries it beside everything else, and then waits for the end.</summary>
    public static async Task RunAsync(FirewallChoice choice, bool isLeased, ILogger log, CancellationToken ending)
    {
        foreach (var unable in await choice.TryAsync(isLeased, ending))
        {
            Log.CannotDo(log, unable.Says, unable.Fix);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, ending);
    }
}
