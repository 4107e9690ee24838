using System.Buffers.Binary;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks the host and the daemon on it.</summary>
internal sealed partial class HostChecks(Settings settings)
{
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken) =>
        [await DaemonAsync(cancellationToken), HoldFile(), Journal(), Clock()];

    private async Task<Finding> DaemonAsync(CancellationToken cancellationToken)
    {
        const string Subject = "daemon";
        if (settings.Text("control") == GatePath.Off)
        {
            return Finding.Ok(Subject, "not asked: --control off");
        }

        try
        {
            using var client = new ControlClient(settings);
            var status = await client.StatusAsync(cancellationToken);
            return status.Holds is [var hold, ..]
                ? Finding.Warning(
                    Subject,
                    $"runs, pid {status.Pid}, and the gate is held by {hold.By} for {Lasting.Of(hold.Seconds)}: "
                    + $"{hold.Why}",
                    hold.Hold switch
                    {
                        "file" => $"rm {string.Join(' ', GatePath.HoldFiles(settings))}",
                        "service" => "galeragate release --service",
                        _ => "galeragate release",
                    })
                : status.Journal.Trouble is { } trouble
                    ? Finding.Error(
                        Subject,
                        $"runs, pid {status.Pid}, and the journal cannot be written: {trouble}",
                        $"make room in {status.Journal.Directory}, or repair its disk")
                : Finding.Ok(
                    Subject, $"runs, pid {status.Pid}, gate {status.Gate.Phase} for {Lasting.Of(status.Gate.Seconds)}");
        }
        catch (ControlException e)
        {
            return Finding.Warning(Subject, e.Message, "systemctl start galeragate");
        }
    }

    private Finding HoldFile()
    {
        const string Subject = "hold-file";
        var paths = GatePath.HoldFiles(settings);
        foreach (var path in paths)
        {
            var look = HoldLook.At(path);
            if (look.Why is { } why)
            {
                return Finding.Warning(Subject, $"{why}: the gate stays closed", $"rm {path}");
            }

            if (look.Ignored is { } ignored)
            {
                return Finding.Warning(Subject, $"{ignored}: only root's or the daemon's own counts", $"rm {path}");
            }
        }

        return Finding.Ok(Subject, $"not there: {string.Join(", ", paths)}");
    }

    private Finding Journal()
    {
        const string Subject = "journal";
        const long Least = 64L << 20;
        const long Enough = 1L << 30;
        var directory = settings.Text("journal");
        var there = Path.GetFullPath(directory);
        while (!Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there)!;
        }

        var space = new DriveInfo(there);
        var (free, readOnly) = (space.AvailableFreeSpace, Access(there, WriteAndSearch) != 0);
        var says =
            $"{directory}: {free >> 20} MiB "
            + $"free{(there == Path.GetFullPath(directory) ? "" : ", the directory is made at the first start")}";
        return readOnly
                ? Finding.Error(
                    Subject, $"{there} cannot be written", $"mount it writable, or give another --journal DIR")
            : free < Least ? Finding.Error(Subject, says, "make room, or give another --journal DIR")
            : free < Enough ? Finding.Warning(Subject, says, "make room, or give another --journal DIR")
            : Finding.Ok(Subject, says);
    }

    /// <summary>
    /// The daemon's durations do not need a correct clock, but comparing the timelines of several nodes does.
    /// </summary>
    private static Finding Clock()
    {
        const int TimexBytes = 256;
        const int StatusOffset = 40;
        const int Unsynchronized = 0x40;
        Span<byte> timex = stackalloc byte[TimexBytes];
        timex.Clear();
        var state = AdjustTime(ref MemoryMarshal.GetReference(timex));
        var status = BinaryPrimitives.ReadInt32LittleEndian(timex[StatusOffset..]);
        return state >= 0 && (status & Unsynchronized) == 0
            ? Finding.Ok("clock", "synchronized")
            : Finding.Warning(
                "clock",
                "not synchronized: timelines of several nodes will not fit together",
                "apt-get install chrony");
    }

    private const int WriteAndSearch = 2 | 1;

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTime(ref byte timex);
}
