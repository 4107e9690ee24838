using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon;

/// <summary>
/// Looks again and again whether the hold file is there, and tells the loop when it came or went. It asks no server: nothing that hangs can delay it.
/// Where it is by default anybody may write, so it counts only if root or the daemon's own user made it.
/// </summary>
internal sealed class HoldFile(string path, TimeSpan interval, SignalQueue queue, Clock clock, ILogger log)
{
    private const string By = "file";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool? before = null;
        var warned = false;
        while (true)
        {
            var owner = FileOwner.Of(path);
            var isThere = owner is { } user && FileOwner.IsTrusted(user);
            if (owner is not null && !isThere && !warned)
            {
                Log.HoldFileIgnored(log, path, owner.Value);
            }

            warned = owner is not null && !isThere;
            if (isThere != before)
            {
                // Told at the first look too: the file may have come or gone while no daemon ran.
                await queue.PutAsync(
                    isThere ? new HoldRequested(clock.Now(), Holds.File, By, $"{path} is there") : new HoldReleased(clock.Now(), Holds.File, By),
                    cancellationToken);
                before = isThere;
            }

            await Task.Delay(interval, clock.Time, cancellationToken);
        }
    }
}
