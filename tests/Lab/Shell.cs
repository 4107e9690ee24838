using System.Diagnostics;

namespace GaleraGate.Lab;

/// <summary>Runs commands on the host.</summary>
public static class Shell
{
    /// <summary>Runs a command and waits until it has exited.</summary>
    /// <exception cref="InvalidOperationException">Its exit code was not 0.</exception>
    public static string Run(string command, params IEnumerable<string> arguments)
    {
        var (exitCode, output, error) = Try(command, arguments);
        return exitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{command} {string.Join(' ', arguments)}: exit {exitCode}: {error}{output}");
    }

    public static (int ExitCode, string Output, string Error) Try(
        string command,
        params IEnumerable<string> arguments
    ) => TryWith("", command, arguments);

    /// <summary>Runs a command with text on its standard input.</summary>
    public static (int ExitCode, string Output, string Error) TryWith(
        string input, string command, params IEnumerable<string> arguments)
    {
        using var process = Start(command, arguments);
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>Starts a command with its streams redirected.</summary>
    public static Process Start(string command, params IEnumerable<string> arguments) =>
        Process.Start(
            new ProcessStartInfo(command, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

    /// <summary>Sends a signal to a process if it still exists.</summary>
    public static void Signal(string signal, int pid) => _ = Try("kill", [signal, $"{pid}"]);

    public static bool IsAlive(int pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Split(") ", 2)[1].StartsWith('Z');

    /// <summary>Multiplies every limit: limits are given for an idle machine, and a busy one takes longer.</summary>
    private const int Patience = 3;

    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="TimeoutException">The condition was still false at the time limit.</exception>
    public static void Await(Func<bool> holds, TimeSpan limit, string what)
    {
        limit *= Patience;
        var started = Stopwatch.GetTimestamp();
        while (!holds())
        {
            if (Stopwatch.GetElapsedTime(started) > limit)
            {
                throw new TimeoutException($"waited {limit.TotalSeconds:0.#} s in vain for {what}");
            }

            Thread.Sleep(20);
        }
    }
}
