using GaleraGate.Domain;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Disk;

/// <summary>
/// Writes and syncs a small file on the data disk again and again, because a server whose disk is full or hangs still says Synced. Each try is on a
/// thread of its own under a deadline: one that hangs in the kernel cannot be ended, so no second one is begun beside it, and its end tells that the disk
/// is back.
/// </summary>
public sealed class DiskProbe(string directory, TimeSpan deadline, Func<Signal, CancellationToken, ValueTask> report, Func<Instant> now, TimeProvider time)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private const string FileName = ".galeragate-disk-probe";
    private const int Bytes = 4096;

    private readonly OwnThread _thread = new("disk probe");
    private string? _told;

    /// <summary>Tries until cancelled, and tells when what it finds changes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var trying = _thread.RunAsync(Try);
            var first = await Task.WhenAny(trying, Task.Delay(deadline, time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (first != trying)
            {
                await TellAsync($"{directory} took no write and sync within {Duration.Format(deadline)}", cancellationToken);
            }

            await TellAsync(await trying.WaitAsync(cancellationToken), cancellationToken);
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>What is wrong; null where nothing is. A file anew each time: one that is there already has its blocks.</summary>
    private string? Try()
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
            return new DriveInfo(directory).AvailableFreeSpace < Bytes ? $"{directory}: no space is left but what is reserved for root" : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{directory}: {e.Message.ReplaceLineEndings(" ")}";
        }
    }

    private async Task TellAsync(string? trouble, CancellationToken cancellationToken)
    {
        if (trouble != _told)
        {
            _told = trouble;
            await report(new DiskChanged(now(), trouble), cancellationToken);
        }
    }
}
