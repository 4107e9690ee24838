using System.Diagnostics;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// The tables through nftables alone, over netlink: a table of the gate's own for both families. Every call reads it,
/// compares it with what should be and changes the difference in one transaction, which the kernel takes only if nobody
/// changed anything in between. Nothing of anybody else is touched.
/// </summary>
/// <param name="lease">What a leased redirect looks up; null where none is kept.</param>
public sealed class NativeGate(NativeRules rules, NativeLease? lease = null) : IFirewall, IDisposable
{
    /// <summary>Changes have no command of their own; this stands for one in an event.</summary>
    private const string Argv = "netlink nf_tables";

    private readonly TableNetlink _tables = new(rules.Table);

    public ulong? Generation(Family family) => lease is null ? _tables.Generation() : lease.GenerationOfOthers();

    public Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken)
    {
        var (there, _, error) = _tables.Read();
        if (error != 0)
        {
            return Task.FromResult(new TablesSeen(null, null, Failed(family, error, TimeSpan.Zero)));
        }

        var opened = there.Redirects.Select(rules.OpenedBy).FirstOrDefault(seq => seq is not null);
        var isOurs = opened is not null && rules.Change(there, new Redirect(opened, null)).Count == 0;
        return Task.FromResult(new TablesSeen(isOurs ? opened : null, there.Redirects, null));
    }

    public Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken) =>
        Task.FromResult(Change(
            family, wanted.Cause, rules.For(wanted), there => rules.Change(there, wanted), cancellationToken));

    public Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken) =>
        Task.FromResult(Change(
            family,
            null,
            NativeTable.Nothing(rules.Table),
            there => there.Table is null ? [] : [_tables.Messages.DropTable()],
            cancellationToken));

    public void Dispose() => _tables.Dispose();

    private RedirectResult Change(
        Family family,
        long? cause,
        NativeTable wanted,
        Func<NativeTable, IReadOnlyList<NetlinkMessage>> change,
        CancellationToken cancellationToken)
    {
        const int Tries = 50;
        var started = Stopwatch.GetTimestamp();
        for (var left = Tries; ; left--)
        {
            var (there, generation, error) = _tables.Read();
            if (cancellationToken.IsCancellationRequested)
            {
                return new RedirectResult(family, cause, error == 0 ? there.Redirects : null, []);
            }

            if (error != 0)
            {
                return new RedirectResult(
                    family, cause, null, [Failed(family, error, Stopwatch.GetElapsedTime(started))]);
            }

            // A reading that somebody's change overtook shows neither what was nor what is.
            var isWhole = generation == _tables.Generation();
            var changes = change(there);
            error = changes.Count == 0 && isWhole ? 0
                : isWhole ? _tables.Commit(changes, generation)
                : TableNetlink.Overtaken;
            if (error == TableNetlink.Overtaken && left > 0)
            {
                continue;
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            return error != 0
                ? new RedirectResult(family, cause, there.Redirects, [Failed(family, error, elapsed)])
                : new RedirectResult(
                    family,
                    cause,
                    there.Redirects,
                    changes.Count == 0 ? [] : Difference(family, there, wanted, elapsed),
                    changes.Count == 0 ? null : elapsed);
        }
    }

    /// <summary>A set that is not asked for may stay: it is no difference.</summary>
    private static RuleFact[] Difference(Family family, NativeTable there, NativeTable wanted, TimeSpan elapsed)
    {
        var before = wanted is { Table: not null, Set: null } ? there with { Set = null } : there;
        RuleChange Of(string line) => new(family, line, Argv, 0, elapsed);
        return
        [
            .. wanted.MissingFrom(before).Select(line => new RuleWent(Of(line), NativeTable.IsRedirect(line))),
            .. before.MissingFrom(wanted).Select(line => new RuleCame(Of(line), NativeTable.IsRedirect(line))),
        ];
    }

    private static ChangeFailed Failed(Family family, int error, TimeSpan elapsed) =>
        new(new RuleChange(family, "", Argv, error, elapsed), TableNetlink.Meaning(error));
}
