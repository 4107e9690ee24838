using System.Globalization;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// The script's PID file. It names a daemon only if that very process is still there: a kill -9 leaves the file, and
/// the number comes again for another
/// process. When the daemon began therefore stands in a file beside it; the PID file itself holds the number alone, as
/// the script's did.
/// </summary>
internal static class PidFile
{
    public const string Name = "/var/run/mysqlchk_iptables";

    private const string BeginName = Name + ".began";

    private const int StartTime = 19; // proc(5), /proc/PID/stat: field 22, counted from after the name

    /// <summary>The daemon that it names; null where none runs.</summary>
    public static int? Running => Written is { } pid && IsOurs(pid) ? pid : null;

    /// <summary>The number in it; null where there is no file, or nothing that is a number.</summary>
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
    /// The process is the daemon: it runs this program, as a daemon of mysqlchk, and began when the daemon did.
    /// </summary>
    public static bool IsOurs(int pid)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            // A daemon of version 0.1.0 left no note of its begin.
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

    /// <summary>
    /// When a process began, in ticks of this boot: no two processes have PID, begin and boot in common.
    /// </summary>
    private static string Begin(int pid) =>
        $"{pid} {Fields(pid)[StartTime]} {Read("/proc/sys/kernel/random/boot_id")?.Trim()}\n";

    /// <summary>
    /// What a process runs; an upgrade may have put another file in its place meanwhile, and moved it.
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
