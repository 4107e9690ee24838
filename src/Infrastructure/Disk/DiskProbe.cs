using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Disk;

/// <summary>
/// Writes and syncs a small file on the data disk again and again, because a server whose disk is full or hangs still
/// says Synced. Each try is under a deadline: one that hangs in the kernel cannot be ended, so no second one is begun
/// beside it. One that ends late proves no disk well; the next, which follows soon, does if it is in time. What the
/// first try finds is told whatever it is: until then nothing is known.
/// </summary>
/// <param name="attempt">One try: what is wrong, or null.</param>
public sealed class DiskProbe(string directory, TimeSpan deadline, Func<Task<string?>> attempt, Outbox outbox)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>How soon after a try that ended late the disk is tried again.</summary>
    public static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private const string FileName = ".galeragate-disk-probe";
    private const int Bytes = 4096;

    private bool _hasTold;
    private string? _told;

    /// <summary>Tries until cancelled, and tells when what it finds changes.</summary>
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
                    $"{directory} took no write and sync within {Duration.Format(deadline)}", cancellationToken);
            }

            var trouble = await trying.WaitAsync(cancellationToken);
            if (isInTime)
            {
                await TellAsync(trouble, cancellationToken);
            }

            await Task.Delay(isInTime ? Interval : AgainAfter, outbox.Time, cancellationToken);
        }
    }

    /// <summary>Tries on a thread of its own: nothing else hangs with it.</summary>
    public static Func<Task<string?>> OnItsOwnThread(string directory)
    {
        var thread = new OwnThread("disk probe");
        return () => thread.RunAsync(() => Try(directory));
    }

    /// <summary>
    /// What is wrong; null where nothing is. A file anew each time: one that is there already has its blocks.
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
            // What root may still write, the server may not.
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
