using System.ComponentModel;
using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>What one command did.</summary>
/// <param name="ExitCode">-1 where it could not be started, or was ended because it took too long or was no longer wanted.</param>
internal readonly record struct CommandOutcome(string Argv, int ExitCode, string Output, string Error, TimeSpan Elapsed)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>The iptables commands of one variant: the host's default, or one named with its suffix.</summary>
/// <param name="suffix">Empty for the host's default, or <c>-nft</c> or <c>-legacy</c>.</param>
internal sealed class Iptables(string suffix = "")
{
    /// <summary>How long a command waits for the xtables lock by itself, in seconds.</summary>
    private const string LockWait = "1";

    /// <summary>A command that has not ended by then is ended.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Where the commands live on hosts whose services have a short PATH.</summary>
    private static readonly string[] SystemFolders = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"];

    private static readonly Dictionary<string, string?> Environment = new() { ["LC_ALL"] = "C" };

    public string Name(Family family) => (family == Family.Ipv6 ? "ip6tables" : "iptables") + suffix;

    /// <summary>Where the host's default leads at present; it changes when somebody switches the variant.</summary>
    public string? ResolvedPath(Family family) =>
        Find(Name(family)) is { } path ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName + Link(path) : null;

    public Task<CommandOutcome> VersionAsync(Family family, CancellationToken cancellationToken) =>
        RunAsync(Name(family), ["--version"], "", cancellationToken);

    public Task<CommandOutcome> ListAsync(Family family, CancellationToken cancellationToken) =>
        RunAsync(Name(family), ["-w", LockWait, "-t", "nat", "-S"], "", cancellationToken);

    public Task<CommandOutcome> RestoreAsync(Family family, string rules, CancellationToken cancellationToken) =>
        RunAsync(Name(family) + "-restore", ["--noflush", "-w", LockWait], rules, cancellationToken);

    /// <summary>The alternatives system links in two steps: the second names the variant.</summary>
    private static string? Link(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: false) is { } first
            ? ":" + (File.ResolveLinkTarget(first.FullName, returnFinalTarget: false)?.FullName ?? first.FullName)
            : null;

    private static string? Find(string name) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    private static async Task<CommandOutcome> RunAsync(string name, string[] arguments, string input, CancellationToken cancellationToken)
    {
        var argv = $"{name} {string.Join(' ', arguments)}";
        if (Find(name) is not { } path)
        {
            return new CommandOutcome(argv, -1, "", $"{name} is not installed (looked in PATH, {string.Join(", ", SystemFolders)})", TimeSpan.Zero);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = await Cli.Wrap(path)
                .WithArguments(arguments)
                .WithEnvironmentVariables(Environment)
                .WithValidation(CommandResultValidation.None)
                .WithStandardInputPipe(PipeSource.FromString(input))
                .ExecuteBufferedAsync(limit.Token);
            return new CommandOutcome(argv, result.ExitCode, result.StandardOutput, Words(result), Stopwatch.GetElapsedTime(started));
        }
        catch (OperationCanceledException)
        {
            var why = cancellationToken.IsCancellationRequested ? "was ended: it is no longer wanted" : $"was ended: it took longer than {Limit.TotalSeconds} s";
            return new CommandOutcome(argv, -1, "", $"{name} {why}", Stopwatch.GetElapsedTime(started));
        }
        catch (Win32Exception e)
        {
            return new CommandOutcome(argv, -1, "", $"{path} cannot be started: {e.InnerException?.Message ?? e.Message}", Stopwatch.GetElapsedTime(started));
        }
    }

    /// <summary>What the command wrote on standard error, in one line; where it wrote nothing, what its exit code means if that is known.</summary>
    private static string Words(BufferedCommandResult result)
    {
        const int MaxLength = 500;
        var lines = result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(line => !line.StartsWith('#'));
        var text = string.Concat(string.Join(" / ", lines).Select(c => char.IsControl(c) ? ' ' : c));
        const int LockOrResources = 4;
        text = text.Length == 0 && result.ExitCode == LockOrResources ? "another program holds the xtables lock, or the kernel is short of resources" : text;
        return text.Length <= MaxLength ? text : text[..MaxLength] + "…";
    }
}
