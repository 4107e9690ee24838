using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>A server whose disk is full still reports Synced, so the daemon checks the disk itself.</summary>
public sealed class DiskTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly LabHost _host = new();
    private readonly string _disk;

    public DiskTests()
    {
        _disk = Path.Combine(_host.Folder, "data");
        _ = Directory.CreateDirectory(_disk);
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=1M", "none", _disk]);
    }

    public void Dispose()
    {
        Shell.Run("umount", [_disk]);
        _host.Dispose();
    }

    [Fact]
    public void A_full_data_disk_closes_the_gate_and_free_space_opens_it_again()
    {
        using var dry = new DryDaemon("--disk-probe", _disk);
        dry.AwaitOpen();
        var filler = Path.Combine(_disk, "ibdata1");
        File.WriteAllBytes(filler, new byte[1 << 20]);
        dry.AwaitOpen(false);
        Assert.Equal(
            ["disk"],
            dry.Gate.Status()
                .GetProperty("verdict")
                .GetProperty("reasons")
                .EnumerateArray()
                .Select(reason => reason.GetString()));
        Assert.Contains(
            "No space left",
            dry.Gate.Status().GetProperty("disk").GetProperty("trouble").GetString(),
            StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"{_disk}: ", dry.Gate.Ask("status").Output, StringComparison.Ordinal);

        File.Delete(filler);
        dry.AwaitOpen();
        dry.Gate.Stop();
        var probed = dry.Gate.Events(nameof(DiskProbed));
        Assert.Equal([false, true, false], probed.Select(e => e.GetProperty("data").TryGetProperty("trouble", out _)));
        var closed = dry.Gate.Events(nameof(GateClosed))[0];
        Assert.Equal("disk", closed.GetProperty("data").GetProperty("reason").GetString());
        Assert.Contains(
            "the data disk",
            Shell
                .Try(
                    GateDaemon.Binary,
                    ["audit", "why", $"{closed.GetProperty("seq").GetInt64()}", "--journal", dry.Gate.Journal])
                .Output,
            StringComparison.Ordinal);
        Record.MustHold(dry.Gate);
    }

    [Fact]
    public void A_data_disk_that_hangs_at_start_keeps_the_gate_closed()
    {
        var (image, disk) = (Path.Combine(_host.Folder, "image"), Path.Combine(_host.Folder, "hangs"));
        _ = Directory.CreateDirectory(disk);
        Shell.Run("truncate", ["-s", "16M", image]);
        Shell.Run("mkfs.ext4", ["-q", image]);
        Shell.Run("mount", ["-o", "loop", image, disk]);
        Shell.Run("fsfreeze", ["-f", disk]);
        var isFrozen = true;
        try
        {
            using var dry = new DryDaemon("--disk-probe", disk);
            bool IsLate() => Trouble(dry)?.Contains("within 5s", StringComparison.Ordinal) is true;
            Shell.Await(IsLate, Limit, "the deadline of the first write");
            Assert.Empty(dry.Gate.Events(nameof(GateOpening), nameof(GateOpened)));

            Shell.Run("fsfreeze", ["-u", disk]);
            isFrozen = false;
            dry.AwaitOpen();
            dry.Gate.Stop();
            Record.MustHold(dry.Gate);
        }
        finally
        {
            _ = isFrozen && Shell.Try("fsfreeze", ["-u", disk]).ExitCode == 0;
            Shell.Await(() => Shell.Try("umount", [disk]).ExitCode == 0, Limit, "the disk to be let go");
        }
    }

    private static string? Trouble(DryDaemon dry) =>
        dry.Gate.Status().GetProperty("disk").GetProperty("trouble").GetString();

    [Fact]
    public void A_data_directory_that_does_not_exist_is_refused()
    {
        var (exitCode, output, error) = Shell.Try(
            GateDaemon.Binary,
            [
                "run",
                "--dry-run",
                "--journal",
                Path.Combine(_host.Folder, "journal"),
                "--disk-probe",
                "/no/such/directory",
            ]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(
            "--disk-probe: there is no directory '/no/such/directory'",
            Assert.Single(error.TrimEnd().Split('\n')),
            StringComparison.Ordinal);
    }
}
