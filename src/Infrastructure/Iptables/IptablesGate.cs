using System.Collections.Concurrent;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// The rules through iptables. Every call lists the rules, compares them with the wanted ones and applies the
/// difference in one atomic iptables-restore; setup, opening, closing and purge are the same procedure with different
/// wishes. It touches nothing but its own chain and the jumps to it. What was added or removed is read from a listing,
/// even if the command failed or was killed half-way.
/// </summary>
/// <param name="lease">The lease that a leased redirect refers to; null if none.</param>
/// <param name="run">Runs iptables; the host's own if null.</param>
/// <param name="generation">Reads the rule set's generation; from the kernel if null.</param>
public sealed class IptablesGate(
    GateRules rules,
    ILease? lease = null,
    CommandRunner? run = null,
    Func<ulong?>? generation = null
) : IFirewall, IDisposable
{
    private readonly CommandRunner _run = run ?? SystemCommand.RunAsync;
    private readonly IptablesCommand _iptables = new(run ?? SystemCommand.RunAsync);
    private readonly RulesetGeneration? _kernel = generation is null ? new RulesetGeneration() : null;

    /// <summary>
    /// For each address family, the host's default variant when it was last checked, and the path that led to it.
    /// </summary>
    private readonly ConcurrentDictionary<Family, (string? Path, bool IsNfTables)> _variants = [];

    private readonly ConcurrentDictionary<Family, int> _asks = [];

    /// <summary>
    /// Only the nf_tables variant has a generation, and it is valid only while that is still the host's default.
    /// </summary>
    public ulong? Generation(Family family) =>
        _variants.TryGetValue(family, out var variant) && variant.IsNfTables && !HasMoved(family, variant.Path)
            ? (generation is null ? _kernel!.Read() : generation())
            : null;

    /// <summary>
    /// Resolving the links costs more than everything else that runs twice a second, and administrators rarely switch
    /// variants.
    /// </summary>
    private bool HasMoved(Family family, string? path)
    {
        const int AsksPerLook = 20;
        var asks = _asks.AddOrUpdate(family, 0, (_, count) => count + 1);
        return asks % AsksPerLook == 0 && path != _iptables.ResolvedPath(family);
    }

    public async Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken)
    {
        var listed = await _iptables.ListAsync(family, cancellationToken);
        if (!listed.Succeeded)
        {
            return new TablesSeen(null, null, Failed(family, "", listed));
        }

        var there = TableRules.Read(rules.Chain, listed.Output);
        var opened = there.Redirects.Select(rules.OpenedBy).FirstOrDefault(seq => seq is not null);
        var redirect = new Redirect(opened, null);
        var isOurs = opened is not null
            && new[] { rules, rules.Former }.Any(made => there.ChangeTo(made.For(family, redirect)) is null);
        return new TablesSeen(isOurs ? opened : null, there.Redirects, null);
    }

    public Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken) =>
        ChangeBothAsync(family, wanted.Cause, rules.For(family, wanted), cancellationToken);

    public Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken) =>
        ChangeBothAsync(family, null, TableRules.Nothing(rules.Chain), cancellationToken);

    public void Dispose() => _kernel?.Dispose();

    /// <summary>Changes the host's default variant, once none of our rules are left in the other one.</summary>
    private async Task<RedirectResult> ChangeBothAsync(
        Family family, long? cause, TableRules wanted, CancellationToken cancellationToken)
    {
        if (wanted.Redirects.Count > 0)
        {
            // Another program may have removed the set with the rules. If it cannot be created, the change fails and
            // reports that.
            _ = lease?.Prepare();
        }

        var other = await LeaveOtherVariantAsync(family, cancellationToken);
        var (found, facts, elapsed) = await ChangeAsync(_iptables, family, wanted, cancellationToken);
        return new RedirectResult(family, cause, found, [.. other, .. facts], elapsed);
    }

    private static async Task<(
        IReadOnlyList<string>? Found,
        IReadOnlyList<RuleFact> Facts,
        TimeSpan? Elapsed
    )> ChangeAsync(IptablesCommand iptables, Family family, TableRules wanted, CancellationToken cancellationToken)
    {
        var listed = await iptables.ListAsync(family, cancellationToken);
        if (!listed.Succeeded)
        {
            return (null, Failure(family, "", listed, cancellationToken), null);
        }

        var before = TableRules.Read(wanted.Chain, listed.Output);
        var (facts, elapsed) = await ChangeAsync(iptables, family, before, wanted, cancellationToken);
        return (before.Redirects, facts, elapsed);
    }

    private static async Task<(IReadOnlyList<RuleFact> Facts, TimeSpan? Elapsed)> ChangeAsync(
        IptablesCommand iptables,
        Family family,
        TableRules before,
        TableRules wanted,
        CancellationToken cancellationToken)
    {
        if (before.ChangeTo(wanted) is not { } change)
        {
            return ([], null);
        }

        var changed = await iptables.RestoreAsync(family, change, cancellationToken);
        if (changed.Succeeded)
        {
            return (Difference(family, before, wanted, changed), changed.Elapsed);
        }

        // A command that was killed may still have done its work: list the rules to find out.
        var again = await iptables.ListAsync(family, CancellationToken.None);
        var after = again.Succeeded ? TableRules.Read(wanted.Chain, again.Output) : before;
        return (
            [
                .. Difference(family, before, after, changed),
                .. Failure(family, Summary(before, wanted), changed, cancellationToken),
            ],
            null);
    }

    private static IReadOnlyList<RuleFact> Difference(
        Family family, TableRules before, TableRules after, CommandOutcome command) =>
    [
        .. after.MissingFrom(before)
            .Select(rule => new RuleWent(Change(family, rule, command), TableRules.IsRedirect(rule))),
        .. before.MissingFrom(after)
            .Select(rule => new RuleCame(Change(family, rule, command), TableRules.IsRedirect(rule))),
    ];

    /// <summary>The rules that the failed change was about.</summary>
    private static string Summary(TableRules before, TableRules wanted) =>
        string.Join("; ", before.MissingFrom(wanted).Concat(wanted.MissingFrom(before)));

    /// <summary>A command that was cancelled because a newer wish replaced it has not failed.</summary>
    private static ChangeFailed[] Failure(
        Family family, string rule, CommandOutcome command, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? [] : [Failed(family, rule, command)];

    private static ChangeFailed Failed(Family family, string rule, CommandOutcome command) =>
        new(Change(family, rule, command), command.Error);

    private static RuleChange Change(Family family, string rule, CommandOutcome command) =>
        new(family, rule, command.Argv, command.ExitCode, command.Elapsed);

    /// <summary>
    /// iptables has two variants with separate tables, and the kernel uses both. If the host's default is switched, a
    /// redirect left in the other variant would keep the gate open unnoticed, so our chain is removed there. Checked
    /// once for each default.
    /// </summary>
    private async Task<IReadOnlyList<RuleFact>> LeaveOtherVariantAsync(
        Family family, CancellationToken cancellationToken)
    {
        var path = _iptables.ResolvedPath(family);
        if (_variants.TryGetValue(family, out var known) && known.Path == path)
        {
            return [];
        }

        var version = await _iptables.VersionAsync(family, cancellationToken);
        if (!version.Succeeded)
        {
            return [];
        }

        var isNfTables = version.Output.Contains("nf_tables", StringComparison.Ordinal);
        var other =
            !isNfTables ? new IptablesCommand(_run, "-nft")
            : IptablesCommand.LegacyNatIsInUse(family) ? new IptablesCommand(_run, "-legacy")
            : null;
        var facts = other is not null && await HoldsOurChainAsync(other, family, cancellationToken)
            ? (await ChangeAsync(other, family, TableRules.Nothing(rules.Chain), cancellationToken)).Facts
            : [];
        if (!facts.OfType<ChangeFailed>().Any())
        {
            _variants[family] = (path, isNfTables);
        }

        return facts;
    }

    private async Task<bool> HoldsOurChainAsync(
        IptablesCommand other, Family family, CancellationToken cancellationToken)
    {
        var listed = await other.ListAsync(family, cancellationToken);
        var there = TableRules.Read(rules.Chain, listed.Output);
        return listed.Succeeded && (there.Rules is not null || there.Jumps.Count > 0);
    }
}
