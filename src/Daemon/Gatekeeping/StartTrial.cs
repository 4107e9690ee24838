using GaleraGate.Daemon.Logging;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// What this host cannot do for a gate is logged when the daemon starts, and not when the gate is to open for the first
/// time.
/// </summary>
internal static class StartTrial
{
    /// <summary>Tries it beside everything else, and then waits for the end.</summary>
    public static async Task RunAsync(bool isLeased, ILogger log, CancellationToken ending)
    {
        var trial = new HostTrial(SystemCommand.RunAsync, isLeased);
        foreach (var unable in (await trial.TryAsync(Families.OfThisHost(), ending)).Values)
        {
            Log.CannotDo(log, unable.Says, unable.Fix);
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, ending);
    }
}
