using System.Threading.Channels;
using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Disk;
using GaleraGate.Infrastructure.Threads;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Disk;

/// <summary>Real disks: one that is full, one that hangs, and one that works.</summary>
public sealed class DiskProbeTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly LabHost _host = new();
    private readonly string _mount;
    private readonly CancellationTokenSource _ending = new();
    private readonly Channel<string?> _told = Channel.CreateUnbounded<string?>();

    public DiskProbeTests()
    {
        _mount = Path.Combine(_host.Folder, "disk");
        _ = Directory.CreateDirectory(_mount);
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ = Shell.Try("fsfreeze", ["-u", _mount]);
        Shell.Await(
            () =>
                Shell.Try("umount", [_mount]).ExitCode == 0
                || !Directory.Exists(_mount)
                || Shell.Try("mountpoint", ["-q", _mount]).ExitCode != 0,
            Limit,
            "the disk to be let go");
        _ending.Dispose();
        _host.Dispose();
    }

    [Fact]
    public async Task A_full_disk_and_its_recovery_are_reported()
    {
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=1M", "none", _mount]);
        var filler = Path.Combine(_mount, "filler");
        await File.WriteAllBytesAsync(filler, new byte[1 << 20]);

        var running = RunAsync(TimeSpan.FromSeconds(5));
        Assert.Contains("No space left", await NextAsync(), StringComparison.OrdinalIgnoreCase);
        File.Delete(filler);
        Assert.Null(await NextAsync());
        await EndAsync(running);
        Assert.Empty(Directory.GetFileSystemEntries(_mount));
    }

    [Fact]
    public async Task A_hanging_disk_is_reported_by_the_deadline_and_so_is_its_recovery()
    {
        var image = Path.Combine(_host.Folder, "image");
        Shell.Run("truncate", ["-s", "16M", image]);
        Shell.Run("mkfs.ext4", ["-q", image]);
        Shell.Run("mount", ["-o", "loop", image, _mount]);
        Shell.Run("fsfreeze", ["-f", _mount]);

        var running = RunAsync(TimeSpan.FromSeconds(1));
        Assert.Contains("did not write and sync within 1s", await NextAsync(), StringComparison.Ordinal);
        Shell.Run("fsfreeze", ["-u", _mount]);
        Assert.Null(await NextAsync());
        await EndAsync(running);
    }

    [Fact]
    public async Task An_unwritable_directory_is_reported()
    {
        var running = RunAsync(Limit, Path.Combine(_mount, "none"));
        Assert.NotNull(await NextAsync());
        await EndAsync(running);
    }

    private static Instant Now() =>
        new(DateTimeOffset.UtcNow, TimeSpan.FromTicks(System.Diagnostics.Stopwatch.GetTimestamp()), "boot");

    private Task RunAsync(TimeSpan deadline, string? directory = null)
    {
        directory ??= _mount;
        var attempt = DiskProbe.OnItsOwnThread(directory);
        var outbox = new Outbox(TellAsync, Now, TimeProvider.System);
        return new DiskProbe(directory, deadline, attempt, outbox).RunAsync(_ending.Token);
    }

    private async Task EndAsync(Task running)
    {
        await _ending.CancelAsync();
        _ = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private ValueTask TellAsync(Signal signal, CancellationToken cancellationToken) =>
        _told.Writer.WriteAsync(((DiskChanged)signal).Trouble, cancellationToken);

    private async Task<string?> NextAsync() => await _told.Reader.ReadAsync().AsTask().WaitAsync(Limit);
}
