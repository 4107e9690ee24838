using System.Runtime.InteropServices;

namespace GaleraGate.Daemon;

/// <summary>A session of this process's own: the end of the terminal that it was started from is not its end.</summary>
internal static partial class OwnSession
{
    public static void Begin() => _ = StartSession();

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int StartSession();
}
