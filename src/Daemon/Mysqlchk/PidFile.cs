using System.Globalization;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// The script's PID file. It names a daemon only if exactly that process still exists: a kill -9 leaves the file, and
/// the kernel may reuse the number. So the daemon's start time is in a second file; the PID file itself holds only the
/// number, as the script's did.
/// </summary>
internal static class PidFile
{
    public const string Name = "/var/run/mysqlchk_iptables";

    private const string BeginName = Name + ".began";

    private const int StartTime = 19; // proc(5), /proc/PID/stat: field 22, counted from after the name

    /// <summary>The daemon that it names; null if none runs.</summary>
    public static int? Running => Written is { } pid && IsOurs(pid) ? pid : null;

    /// <summary>The number in it; null if there is no file or no number.</summary>
    public static int? Written =>
        int.TryParse(Read(Name)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    public static void Write()
    {
        File.WriteAllText(BeginName, Begin(Environment.ProcessId));
        File.WriteAllText(Name, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
    }

    public static void Remove()
    {
        File.Delete(Name);
        File.Delete(BeginName);
    }

    /// <summary>
    /// Whether the process is the daemon: it runs this program as a daemon of mysqlchk, and started when the daemon
    /// did.
    /// </summary>
    public static bool IsOurs(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            // A daemon of version 0.1.0 did not record its start time.
            var began = Read(BeginName);
            return words is [_, ScriptOptions.CommandName, ScriptOptions.DetachedOption, ..]
                && ProgramOf(pid) == ProgramOf(Environment.ProcessId)
                && !Fields(pid)[0].StartsWith('Z')
                && (began?.StartsWith($"{pid} ", StringComparison.Ordinal) != true || began == Begin(pid));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>When a process started, in ticks of this boot. PID, start and boot together are unique.</summary>
    private static string Begin(int pid) =>
        $"{pid} {Fields(pid)[StartTime]} {Read("/proc/sys/kernel/random/boot_id")?.Trim()}\n";

    /// <summary>
    /// The program that a process runs; an upgrade may have moved its file and put another in its place.
    /// </summary>
    private static string ProgramOf(int pid) =>
        Path.GetFileName(new FileInfo($"/proc/{pid}/exe").LinkTarget ?? "")
            .Replace(" (deleted)", "", StringComparison.Ordinal);

    private static string[] Fields(int pid) => File.ReadAllText($"/proc/{pid}/stat").Split(") ", 2)[1].Split(' ');

    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
