using System.Runtime.InteropServices;

namespace GaleraGate.Lab;

/// <summary>A network namespace of the lab.</summary>
public sealed partial class Space(string name)
{
    private const int NewNetwork = 0x40000000;

    public string Name { get; } = name;

    /// <summary>Runs a command inside.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public string Run(string command, params IEnumerable<string> arguments) => Shell.Run("ip", ["netns", "exec", Name, command, .. arguments]);

    public (int ExitCode, string Output, string Error) Try(string command, params IEnumerable<string> arguments) =>
        Shell.Try("ip", ["netns", "exec", Name, command, .. arguments]);

    public System.Diagnostics.Process Start(string command, params IEnumerable<string> arguments) =>
        Shell.Start("ip", ["netns", "exec", Name, command, .. arguments]);

    /// <summary>Runs code on a thread that is inside; sockets that it makes belong to the namespace from then on.</summary>
    public T Enter<T>(Func<T> inside)
    {
        T result = default!;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var space = File.OpenHandle($"/run/netns/{Name}");
                if (SetNamespace((int)space.DangerousGetHandle(), NewNetwork) != 0)
                {
                    throw new InvalidOperationException($"setns to {Name}: errno {Marshal.GetLastPInvokeError()}");
                }

                result = inside();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result : throw new InvalidOperationException($"in {Name}: {failure.Message}", failure);
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int type);
}
