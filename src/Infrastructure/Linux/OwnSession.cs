using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>Starts a session of its own, so that closing the terminal does not end this process.</summary>
public static partial class OwnSession
{
    private const int Kill = 9;
    private static readonly TimeSpan LookAfter = TimeSpan.FromMilliseconds(20);

    public static void Begin() => _ = StartSession();

    /// <summary>
    /// Kills what a session leader's processes have left running and waits until all have ended. After that, anything
    /// they had begun has either happened or never will.
    /// </summary>
    public static async Task EndRestAsync(int leader)
    {
        while (Directory.EnumerateDirectories("/proc").Any(folder => IsOf(leader, folder)))
        {
            _ = Signal(-leader, Kill);
            await Task.Delay(LookAfter);
        }
    }

    /// <summary>Whether a process belongs to the leader's group and has not ended.</summary>
    private static bool IsOf(int leader, string folder)
    {
        const int State = 0;
        const int Group = 2;
        try
        {
            if (!char.IsAsciiDigit(Path.GetFileName(folder)[0]))
            {
                return false;
            }

            var text = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[Group] == $"{leader}" && fields[State] is not ("Z" or "X");
        }
        catch (IOException)
        {
            return false; // it has just ended
        }
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int StartSession();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
