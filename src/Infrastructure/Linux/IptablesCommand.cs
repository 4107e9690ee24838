using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>The iptables commands of one variant: the host's default, or one named by its suffix.</summary>
/// <param name="run">Runs them.</param>
/// <param name="suffix">Empty for the host's default, or <c>-nft</c> or <c>-legacy</c>.</param>
/// <param name="lockWait">How long a command itself waits for the xtables lock, in seconds.</param>
public sealed class IptablesCommand(CommandRunner run, string suffix = "", string lockWait = "1")
{
    public string Name(Family family) => (family == Family.Ipv6 ? "ip6tables" : "iptables") + suffix;

    /// <summary>
    /// The current target of the host's default; it changes when an administrator switches the variant.
    /// </summary>
    public string? ResolvedPath(Family family) =>
        SystemCommand.Find(Name(family)) is { } path
            ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName + Link(path)
            : null;

    /// <summary>
    /// Whether the legacy nat table exists. Listing it would create it, so this asks the kernel in another way.
    /// </summary>
    public static bool LegacyNatIsInUse(Family family)
    {
        var names =
            family == Family.Ipv6 ? "/proc/thread-self/net/ip6_tables_names" : "/proc/thread-self/net/ip_tables_names";
        try
        {
            return File.ReadLines(names).Contains("nat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public Task<CommandOutcome> VersionAsync(Family family, CancellationToken cancellationToken) =>
        run(Name(family), ["--version"], "", cancellationToken);

    public Task<CommandOutcome> ListAsync(Family family, CancellationToken cancellationToken, string table = "nat") =>
        run(Name(family), ["-w", lockWait, "-t", table, "-S"], "", cancellationToken);

    public Task<CommandOutcome> RestoreAsync(Family family, string rules, CancellationToken cancellationToken) =>
        run(Name(family) + "-restore", ["--noflush", "-w", lockWait], rules, cancellationToken);

    /// <summary>The alternatives system links in two steps; the second names the variant.</summary>
    private static string? Link(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: false) is { } first
            ? ":" + (File.ResolveLinkTarget(first.FullName, returnFinalTarget: false)?.FullName ?? first.FullName)
            : null;
}
