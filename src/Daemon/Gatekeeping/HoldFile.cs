using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Checks periodically whether a hold file exists, and reports to the loop when one appears or the last one disappears.
/// The server is not involved. A file system that does not answer counts as a hold, because the file may exist.
/// </summary>
internal sealed class HoldFile(
    IReadOnlyList<string> paths,
    Func<IReadOnlyList<string>, Task<IReadOnlyList<HoldLook>>> look,
    TimeSpan interval,
    SignalQueue queue,
    Clock clock,
    ILogger log)
{
    private const string By = "file";

    /// <summary>A file system that takes longer than this counts as not answering.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _reported = new();
    private readonly HashSet<string> _warned = [];
    private Task<IReadOnlyList<HoldLook>>? _asked;

    /// <summary>
    /// Completes when the first check has been reported; observations made before that must not open the gate.
    /// </summary>
    public Task Reported => _reported.Task;

    /// <summary>Runs each check on a thread of its own, because a file system may hang.</summary>
    public static Func<IReadOnlyList<string>, Task<IReadOnlyList<HoldLook>>> OnItsOwnThread()
    {
        var thread = new OwnThread("hold-file");
        return paths => thread.RunAsync<IReadOnlyList<HoldLook>>(() => [.. paths.Select(HoldLook.At)]);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        bool? before = null;
        while (true)
        {
            var why = await LookAsync(cancellationToken);
            if (why is not null != before)
            {
                // Also reported at the first check: the file may have appeared or disappeared while no daemon ran.
                Signal signal = why is null
                    ? new HoldReleased(clock.Now(), Holds.File, By)
                    : new HoldRequested(clock.Now(), Holds.File, By, why);
                await queue.PutAsync(signal, cancellationToken);
                before = why is not null;
                _ = _reported.TrySetResult();
            }

            await Task.Delay(interval, clock.Chores, cancellationToken);
        }
    }

    /// <summary>Why the gate is held; null if no file holds it.</summary>
    private async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        string? why = null;
        foreach (var (path, seen) in await AnswerAsync(cancellationToken))
        {
            why ??= seen.Why;
            if (seen.Ignored is not { } ignored)
            {
                _ = _warned.Remove(path);
            }
            else if (_warned.Add(path))
            {
                Log.HoldFileIgnored(log, ignored);
            }
        }

        return why;
    }

    /// <summary>What is at each path. Only one check runs at a time; while it hangs no other is started.</summary>
    private async Task<IEnumerable<(string Path, HoldLook Look)>> AnswerAsync(CancellationToken cancellationToken)
    {
        _asked ??= look(paths);
        try
        {
            var seen = await _asked.WaitAsync(AnswerLimit, clock.Time, cancellationToken);
            _asked = null;
            return paths.Zip(seen);
        }
        catch (TimeoutException)
        {
            return paths.Select(path =>
                (path, HoldLook.Unknown(path, $"no answer within {AnswerLimit.TotalSeconds} s")));
        }
    }
}
