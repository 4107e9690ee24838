using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// A release by the server's unit that no daemon received, left beside the control socket for the next daemon. At boot
/// that is the usual order, because the server's unit starts first. Without it the node would stay held until an
/// operator looks. It counts only if root or the daemon's own user left it.
/// </summary>
internal static class ReleaseNote
{
    private const string By = "release --service, noted while no daemon answered";

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    public static string PathOf(string control) => Path.ChangeExtension(control, "released");

    /// <summary>Leaves the note; an existing one is equivalent.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static void Leave(string control)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(control))!);
        try
        {
            // Create a new file or fail: the folder's owner may have put a link there.
            using var note = new FileStream(PathOf(control), FileMode.CreateNew);
        }
        catch (IOException) when (FileLook.At(PathOf(control)).IsTrusted)
        {
            // It exists already.
        }
    }

    /// <summary>An earlier release does not end a new hold.</summary>
    public static void Withdraw(string control)
    {
        if (FileLook.At(PathOf(control)).IsThere)
        {
            File.Delete(PathOf(control));
        }
    }

    /// <summary>
    /// Applies the note when it appears, until cancelled. Deletes it only after the release is on disk; if the daemon
    /// dies before that, the next one applies it.
    /// </summary>
    public static async Task WatchAsync(
        string control,
        LatestSnapshot latest,
        SignalQueue queue,
        Clock clock,
        ILogger log,
        CancellationToken cancellationToken)
    {
        for (var path = PathOf(control); ; await Task.Delay(LookEvery, clock.Chores, cancellationToken))
        {
            var now = latest.Current;
            if (!FileLook.At(path).IsTrusted)
            {
                continue;
            }

            if (now.State.Holds.HasFlag(Holds.Service))
            {
                await queue.PutAsync(new HoldReleased(clock.Now(), Holds.Service, By), cancellationToken);
            }
            else if (now.Memory.Synced > 0 && now.Memory.Synced >= now.State.Seq)
            {
                try
                {
                    File.Delete(path);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Log.ReleaseNoteStays(log, path, e.Message.ReplaceLineEndings(" "));
                    await Task.Delay(Timeout.InfiniteTimeSpan, clock.Time, cancellationToken);
                }
            }
        }
    }
}
