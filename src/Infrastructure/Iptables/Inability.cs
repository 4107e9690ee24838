using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>Something that a gate needs and this host cannot do now.</summary>
/// <param name="Says">What, in one line.</param>
/// <param name="Fix">The command that changes that.</param>
public sealed record Inability(string Says, string Fix)
{
    private const int LockHeld = 4;

    /// <summary>RHEL and its kin keep the modules of xtables in a package of their own, which a minimal host lacks.</summary>
    private static readonly Lazy<bool> IsRedHat = new(() => ReadRelease().Any(line =>
        line.StartsWith("ID", StringComparison.Ordinal)
        && (line.Contains("rhel", StringComparison.Ordinal) || line.Contains("fedora", StringComparison.Ordinal))));

    /// <summary>What a command's exit code and words mean; the exit codes alone do not tell these apart.</summary>
    /// <param name="part">What of a rule it was asked for, and the kernel module that does it; null for all.</param>
    internal static Inability Of(string name, CommandOutcome outcome, (string Words, string Module)? part)
    {
        bool Said(string words) => outcome.Error.Contains(words, StringComparison.OrdinalIgnoreCase);
        var what = part is { } one ? one.Words : "the rules of a gate";
        return outcome switch
        {
            _ when SystemCommand.Find(name) is null => NotInstalled(name),
            _ when Said("incompatible") || Said("parsing nftables rule") => new Inability(
                $"{name}: the nat table holds a rule that nft itself made; iptables can neither read nor change such a "
                + "table",
                $"nft list table {(name.StartsWith("ip6", StringComparison.Ordinal) ? "ip6" : "ip")} nat; move rules that "
                + "nft made into a table of another name"),
            _ when Said("permission denied") || Said("not permitted") => new Inability(
                $"{name}: no right to change rules",
                "run as root, or AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW in the unit"),
            _ when Said("couldn't load") => new Inability(
                $"{name} has no extension for {what}: {outcome.Error}", Install("iptables", "iptables-nft", "reinstall")),
            _ when Said("missing kernel module") || Said("no such file") || Said("does not exist") || Said("no chain/target")
                => new Inability(
                    $"{name}: the kernel has no module for {what}: {outcome.Error}", Load(part?.Module ?? "nf_nat")),
            { ExitCode: LockHeld } or { ExitCode: -1 } => new Inability(
                $"{name}: another program holds the xtables lock: {outcome.Error}", "fuser -v /run/xtables.lock"),
            _ => new Inability($"{name}: {what} cannot be made: exit {outcome.ExitCode}: {outcome.Error}", $"{name} -t nat -S"),
        };
    }

    internal static Inability NotInstalled(string name) => new(
        $"{name} is not installed", Install("iptables", "iptables-nft", "install"));

    /// <summary>What keeps the kernel from holding a lease.</summary>
    public static Inability OfSet(string trouble) => new(
        trouble,
        trouble.Contains("permission", StringComparison.Ordinal)
            ? "run as root, or AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW in the unit"
            : Load("ip_set_bitmap_port"));

    private static string Install(string debian, string redHat, string verb) => IsRedHat.Value
        ? $"dnf {verb} {redHat}"
        : $"apt-get {(verb == "install" ? verb : "install --reinstall")} {debian}";

    private static string Load(string module) => IsRedHat.Value
        ? $"dnf install kernel-modules-extra-$(uname -r) && modprobe {module}"
        : $"modprobe {module}";

    private static string[] ReadRelease()
    {
        try
        {
            return File.ReadAllLines("/etc/os-release");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
