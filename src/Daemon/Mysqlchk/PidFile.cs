using System.Globalization;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>The script's PID file. It says who runs only where that process is there and is one of ours: a kill -9 leaves the file.</summary>
internal static class PidFile
{
    public const string Name = "/var/run/mysqlchk_iptables";

    /// <summary>The daemon that it names; null where none runs.</summary>
    public static int? Running => Written is { } pid && IsOurs(pid) ? pid : null;

    /// <summary>The number in it; null where there is no file, or nothing that is a number.</summary>
    public static int? Written
    {
        get
        {
            try
            {
                return int.TryParse(File.ReadAllText(Name).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }
    }

    public static void Write() => File.WriteAllText(Name, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));

    public static void Remove() => File.Delete(Name);

    public static bool IsOurs(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0').Contains(ScriptArguments.DetachedOption)
                && !File.ReadAllText($"/proc/{pid}/stat").Split(") ", 2)[1].StartsWith('Z');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
