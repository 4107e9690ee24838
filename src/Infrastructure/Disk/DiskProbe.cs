using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Disk;

/// <summary>
/// Writes and syncs a small file on the data disk repeatedly, because a server whose disk is full or hangs still
/// reports Synced. Each attempt has a deadline. An attempt that hangs in the kernel cannot be cancelled, so no second
/// one is started beside it. A late attempt does not prove that the disk is healthy; the next one, which follows soon,
/// does if it is in time. The result of the first attempt is always reported; until then the state is unknown.
/// </summary>
/// <param name="attempt">One attempt: what is wrong, or null.</param>
public sealed class DiskProbe(string directory, TimeSpan deadline, Func<Task<string?>> attempt, Outbox outbox)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How soon after a late attempt the disk is tried again.</summary>
    public static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private const string FileName = ".galeragate-disk-probe";
    private const int Bytes = 4096;

    private bool _hasTold;
    private string? _told;

    /// <summary>Runs until cancelled, and reports each change of the result.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var trying = attempt();
            var late = Task.Delay(deadline, outbox.Time, CancellationToken.None);
            var isInTime = await Task.WhenAny(trying, late) == trying;
            cancellationToken.ThrowIfCancellationRequested();
            if (!isInTime)
            {
                await TellAsync(
                    $"{directory} did not write and sync within {Duration.Format(deadline)}", cancellationToken);
            }

            var trouble = await trying.WaitAsync(cancellationToken);
            if (isInTime)
            {
                await TellAsync(trouble, cancellationToken);
            }

            await Task.Delay(isInTime ? Interval : AgainAfter, outbox.Time, cancellationToken);
        }
    }

    /// <summary>Runs each attempt on a thread of its own, so that nothing else hangs with it.</summary>
    public static Func<Task<string?>> OnItsOwnThread(string directory)
    {
        var thread = new OwnThread("disk probe");
        return () => thread.RunAsync(() => Try(directory));
    }

    /// <summary>
    /// What is wrong; null if nothing is. Uses a new file each time, because an existing one has its blocks allocated
    /// already.
    /// </summary>
    private static string? Try(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            File.Delete(path);
            using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                file.Write(new byte[Bytes]);
                file.Flush(flushToDisk: true);
            }

            File.Delete(path);
            // Root can still write to the reserved blocks, but the server cannot.
            return new DriveInfo(directory).AvailableFreeSpace < Bytes
                ? $"{directory}: no space is left but what is reserved for root"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{directory}: {e.Message.ReplaceLineEndings(" ")}";
        }
    }

    private async Task TellAsync(string? trouble, CancellationToken cancellationToken)
    {
        if (trouble != _told || !_hasTold)
        {
            (_hasTold, _told) = (true, trouble);
            await outbox.PutAsync(at => new DiskChanged(at, trouble), cancellationToken);
        }
    }
}
