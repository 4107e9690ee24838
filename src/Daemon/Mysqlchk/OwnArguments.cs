using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>The arguments of this process, as the kernel shows them to every local user.</summary>
internal static class OwnArguments
{
    private const int ArgStart = 45; // proc(5), /proc/PID/stat: field 48, counted from behind the name
    private const int ArgEnd = 46;

    /// <summary>The name by which the program was called; empty if /proc is not mounted.</summary>
    public static string CalledAs =>
        File.Exists("/proc/self/cmdline") ? File.ReadAllText("/proc/self/cmdline").Split('\0')[0] : "";

    /// <summary>
    /// Overwrites the end of an argument so that ps no longer shows it. There is no better way: until the program runs,
    /// the kernel shows the original arguments.
    /// </summary>
    public static void Hide(string secret)
    {
        var fields = File.ReadAllText("/proc/self/stat").Split(") ", 2)[1].Split(' ');
        var (start, end) = (
            long.Parse(fields[ArgStart], CultureInfo.InvariantCulture),
            long.Parse(fields[ArgEnd], CultureInfo.InvariantCulture));
        var words = new byte[end - start];
        Marshal.Copy((nint)start, words, 0, words.Length);
        var wanted = Encoding.UTF8.GetBytes(secret + "\0");
        for (var i = words.AsSpan().IndexOf(wanted); secret.Length > 0 && i >= 0; i = words.AsSpan().IndexOf(wanted))
        {
            words.AsSpan(i, wanted.Length).Fill((byte)'\x01');
            Marshal.Copy([.. Enumerable.Repeat((byte)'x', wanted.Length - 1)], 0, (nint)(start + i), wanted.Length - 1);
        }
    }
}
