using System.Collections.Concurrent;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// The tables through iptables. Every call lists what is there, compares it with what should be and changes the
/// difference in one atomic iptables-restore; setup, opening, closing and purge are the same walk with different
/// wishes. Nothing outside the own chain and the jumps to it is touched. Whatever came or went is told from a listing,
/// also when the command failed or was ended half-way.
/// </summary>
/// <param name="lease">What a leased redirect refers to; null where none is kept.</param>
/// <param name="run">Runs iptables; the host's own where none is given.</param>
/// <param name="generation">Tells the generation of the tables; the kernel where none is given.</param>
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
    /// By family, the variant that the host's default was when it was last asked, and the path that led there.
    /// </summary>
    private readonly ConcurrentDictionary<Family, (string? Path, bool IsNfTables)> _variants = [];

    private readonly ConcurrentDictionary<Family, int> _asks = [];

    /// <summary>Only the nf_tables variant is counted, and only while the host's default still leads there.</summary>
    public ulong? Generation(Family family) =>
        _variants.TryGetValue(family, out var variant) && variant.IsNfTables && !HasMoved(family, variant.Path)
            ? (generation is null ? _kernel!.Read() : generation())
            : null;

    /// <summary>
    /// Following the links costs more than all else that is done twice a second, and nobody switches variants so often.
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

    /// <summary>In the host's default variant, once nothing of ours is left in the other.</summary>
    private async Task<RedirectResult> ChangeBothAsync(
        Family family, long? cause, TableRules wanted, CancellationToken cancellationToken)
    {
        if (wanted.Redirects.Count > 0)
        {
            // Somebody may have taken the set away with the rules; where it cannot be made, the change fails and says
            // so.
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

        // Ended half-way it may have done its work all the same: only the table knows.
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

    /// <summary>A command that was ended because nobody wants it any more has not failed.</summary>
    private static ChangeFailed[] Failure(
        Family family, string rule, CommandOutcome command, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? [] : [Failed(family, rule, command)];

    private static ChangeFailed Failed(Family family, string rule, CommandOutcome command) =>
        new(Change(family, rule, command), command.Error);

    private static RuleChange Change(Family family, string rule, CommandOutcome command) =>
        new(family, rule, command.Argv, command.ExitCode, command.Elapsed);

    /// <summary>
    /// iptables comes in two variants with tables of their own, and the kernel asks both. Where the host's default is
    /// switched, a redirect left in the other variant would keep the gate open unseen, so our chain is taken away
    /// there. Looked at once for each default.
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
