using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon;

/// <summary>Looks again and again whether the hold file is there, and tells the loop when it came or went. It asks no server: nothing that hangs can delay it.</summary>
internal sealed class HoldFile(string path, TimeSpan interval, SignalQueue queue, Clock clock)
{
    private const string By = "file";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool? before = null;
        while (true)
        {
            var isThere = Path.Exists(path);
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
