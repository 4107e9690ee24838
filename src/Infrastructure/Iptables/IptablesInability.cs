using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>Interprets the messages and exit codes of iptables as something that this host cannot do.</summary>
internal static class IptablesInability
{
    private const int LockHeld = 4;

    /// <summary>The meaning of a command's exit code and message; exit codes alone are ambiguous.</summary>
    /// <param name="part">The part of a rule that was tried, and its kernel module; null for all parts.</param>
    public static Inability Of(string name, CommandOutcome outcome, (string Words, string Module)? part)
    {
        bool Said(string words) => outcome.Error.Contains(words, StringComparison.OrdinalIgnoreCase);
        var what = part is { } one ? one.Words : "the rules of a gate";
        return outcome switch
        {
            _ when SystemCommand.Find(name) is null => NotInstalled(name),
            _ when Said("incompatible") || Said("parsing nftables rule") => new Inability(
                $"{name}: the nat table holds a rule that nft itself made; iptables can neither read nor change such a "
                + "table",
                $"nft list table {(name.StartsWith("ip6", StringComparison.Ordinal) ? "ip6" : "ip")} nat; move rules "
                + "that nft made into a table of another name"),
            _ when Said("permission denied") || Said("not permitted") => new Inability(
                $"{name}: no right to change rules",
                Inability.Rights),
            _ when Said("couldn't load") => new Inability(
                $"{name} has no extension for {what}: {outcome.Error}",
                Inability.Install("iptables", "iptables-nft", "reinstall")),
            _ when Said("missing kernel module")
                || Said("no such file")
                || Said("does not exist")
                || Said("no chain/target") => new Inability(
                    $"{name}: the kernel has no module for {what}: {outcome.Error}",
                    Inability.Load(part?.Module ?? "nf_nat")),
            { ExitCode: LockHeld } or { ExitCode: -1 } => new Inability(
                $"{name}: another program holds the xtables lock: {outcome.Error}",
                "fuser -v /run/xtables.lock",
                IsPassing: true),
            _ => new Inability(
                $"{name}: {what} cannot be made: exit {outcome.ExitCode}: {outcome.Error}", $"{name} -t nat -S"),
        };
    }

    public static Inability NotInstalled(string name) => new(
        $"{name} is not installed", Inability.Install("iptables", "iptables-nft", "install"));

    /// <summary>Why the kernel cannot hold a lease.</summary>
    public static Inability OfSet(string trouble) => new(
        trouble,
        trouble.Contains("permission", StringComparison.Ordinal)
            ? Inability.Rights
            : Inability.Load("ip_set_bitmap_port"));
}
