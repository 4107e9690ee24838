using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>The result of one command.</summary>
/// <param name="ExitCode">-1 if it could not be started, or was killed because it took too long or was no longer
/// wanted.</param>
public readonly record struct CommandOutcome(string Argv, int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs a command with text on its standard input.</summary>
public delegate Task<CommandOutcome> CommandRunner(
    string name, string[] arguments, string input, CancellationToken cancellationToken);

/// <summary>
/// Runs the host's own commands: finds them even if the service has a short PATH, uses the C locale, and kills them
/// after a limit.
/// </summary>
public static class SystemCommand
{
    /// <summary>A command is killed after this time.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Searched in addition to PATH, because services may have a short one.</summary>
    private static readonly string[] SystemFolders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"];

    private static readonly Dictionary<string, string?> Environment = new() { ["LC_ALL"] = "C" };

    /// <summary>The commands found so far, by PATH and name.</summary>
    private static readonly ConcurrentDictionary<(string Path, string Name), string> Found = [];

    /// <summary>
    /// The path of a command, searched once and again only if it disappears; null if it is not installed.
    /// </summary>
    public static string? Find(string name)
    {
        var path = System.Environment.GetEnvironmentVariable("PATH") ?? "";
        if (Found.TryGetValue((path, name), out var known) && File.Exists(known))
        {
            return known;
        }

        var found = path.Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        if (found is not null)
        {
            Found[(path, name)] = found;
        }

        return found;
    }

    public static Task<CommandOutcome> RunAsync(
        string name, string[] arguments, string input, CancellationToken cancellationToken) =>
        RunAsync(name, arguments, input, Limit, cancellationToken);

    /// <summary>Runs commands with a different time limit.</summary>
    public static CommandRunner Within(TimeSpan limit) =>
        (name, arguments, input, cancellationToken) => RunAsync(name, arguments, input, limit, cancellationToken);

    private static async Task<CommandOutcome> RunAsync(
        string name, string[] arguments, string input, TimeSpan most, CancellationToken cancellationToken)
    {
        var argv = $"{name} {string.Join(' ', arguments)}";
        if (Find(name) is not { } path)
        {
            return new CommandOutcome(
                argv,
                -1,
                "",
                $"{name} is not installed (looked in PATH, {string.Join(", ", SystemFolders)})",
                TimeSpan.Zero);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(most);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = await Cli.Wrap(path)
                .WithArguments(arguments)
                .WithEnvironmentVariables(Environment)
                .WithValidation(CommandResultValidation.None)
                .WithStandardInputPipe(PipeSource.FromString(input))
                .ExecuteBufferedAsync(limit.Token);
            return new CommandOutcome(
                argv, result.ExitCode, result.StandardOutput, Words(result), Stopwatch.GetElapsedTime(started));
        }
        catch (OperationCanceledException)
        {
            var why = cancellationToken.IsCancellationRequested
                ? "was ended: it is no longer wanted"
                : $"was ended: it took longer than {most.TotalSeconds} s";
            return new CommandOutcome(argv, -1, "", $"{name} {why}", Stopwatch.GetElapsedTime(started));
        }
        catch (Win32Exception e)
        {
            return new CommandOutcome(
                argv,
                -1,
                "",
                $"{path} cannot be started: {e.InnerException?.Message ?? e.Message}",
                Stopwatch.GetElapsedTime(started));
        }
    }

    /// <summary>
    /// The command's standard error, in one line; if it is empty, the meaning of its exit code if known.
    /// </summary>
    private static string Words(BufferedCommandResult result)
    {
        const int MaxLength = 500;
        var lines = result
            .StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith('#'));
        var text = string.Concat(string.Join(" / ", lines).Select(c => char.IsControl(c) ? ' ' : c));
        const int LockOrResources = 4;
        text =
            text.Length == 0 && result.ExitCode == LockOrResources
                ? "another program holds the xtables lock, or the kernel is short of resources"
                : text;
        return text.Length <= MaxLength ? text : text[..MaxLength] + "…";
    }
}
