using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>A server whose disk is full still says Synced; the daemon looks for itself.</summary>
public sealed class DiskTests : IDisposable
{
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
    public void A_full_data_disk_closes_the_gate_and_room_on_it_opens_it()
    {
        using var dry = new DryDaemon("--disk-probe", _disk);
        dry.AwaitOpen();
        var filler = Path.Combine(_disk, "ibdata1");
        File.WriteAllBytes(filler, new byte[1 << 20]);
        dry.AwaitOpen(false);
        Assert.Equal(["disk"], dry.Gate.Status().GetProperty("verdict").GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
        Assert.Contains("No space left", dry.Gate.Status().GetProperty("disk").GetProperty("trouble").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"{_disk}: ", dry.Gate.Ask("status").Output, StringComparison.Ordinal);

        File.Delete(filler);
        dry.AwaitOpen();
        dry.Gate.Stop();
        var probed = dry.Gate.Events(nameof(DiskProbed));
        Assert.Equal([false, true, false], probed.Select(e => e.GetProperty("data").TryGetProperty("trouble", out _)));
        var closed = dry.Gate.Events(nameof(GateClosed))[0];
        Assert.Equal("disk", closed.GetProperty("data").GetProperty("reason").GetString());
        Assert.Contains("the data disk", Shell.Try(GateDaemon.Binary, ["audit", "why", $"{closed.GetProperty("seq").GetInt64()}", "--journal", dry.Gate.Journal]).Output, StringComparison.Ordinal);
        Record.MustHold(dry.Gate);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_refused()
    {
        var (exitCode, output, error) = Shell.Try(GateDaemon.Binary, ["run", "--dry-run", "--journal", Path.Combine(_host.Folder, "journal"), "--disk-probe", "/no/such/directory"]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains("--disk-probe: there is no directory '/no/such/directory'", Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
