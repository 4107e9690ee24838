using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// The rules through nftables only, over netlink: one table for both address families that belongs to the gate. Every
/// call reads it, compares it with the wanted one and applies the difference in one transaction, which the kernel
/// accepts only if no other program changed anything in between. It touches no other table.
/// </summary>
public sealed class NativeGate : IFirewall, IDisposable
{
    /// <summary>How often it retries when other programs keep changing the rules.</summary>
    private const int Tries = 50;

    /// <summary>Changes do not use a command; events have this text in its place.</summary>
    private const string Argv = "netlink nf_tables";

    private readonly NativeRules _rules;
    private readonly NativeLease? _lease;
    private readonly TableNetlink _tables;
    private readonly TimeProvider _time;

    /// <param name="lease">The lease that a leased redirect looks up; null if none.</param>
    public NativeGate(NativeRules rules, NativeLease? lease = null)
        : this(rules, lease, null, TimeProvider.System)
    {
    }

    /// <param name="kernel">The host's own kernel if null.</param>
    /// <param name="time">Measures how long a change took.</param>
    internal NativeGate(NativeRules rules, NativeLease? lease, INetlink? kernel, TimeProvider time)
    {
        (_rules, _lease, _time) = (rules, lease, time);
        _tables = new TableNetlink(rules.Table, kernel);
    }

    public ulong? Generation(Family family) =>
        _lease is null ? _tables.Generation() : _lease.GenerationOfOthers();

    public Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken)
    {
        var (there, _, error) = ReadWhole();
        if (error != 0)
        {
            return Task.FromResult(new TablesSeen(null, null, Failed(family, error, TimeSpan.Zero)));
        }

        var opened = there.Redirects.Select(_rules.OpenedBy).FirstOrDefault(seq => seq is not null);
        var isOurs = opened is not null && _rules.Change(there, new Redirect(opened, null)).Count == 0;
        return Task.FromResult(new TablesSeen(isOurs ? opened : null, there.Redirects, null));
    }

    public Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken) =>
        Task.FromResult(Change(
            family, wanted.Cause, _rules.For(wanted), there => _rules.Change(there, wanted), cancellationToken));

    public Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken) =>
        Task.FromResult(Change(
            family,
            null,
            NativeTable.Nothing(_rules.Table),
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
        var started = _time.GetTimestamp();
        for (var left = Tries; ; left--)
        {
            var (there, generation, error) = ReadWhole();
            if (cancellationToken.IsCancellationRequested)
            {
                return new RedirectResult(family, cause, error == 0 ? there.Redirects : null, []);
            }

            if (error != 0)
            {
                return new RedirectResult(
                    family, cause, null, [Failed(family, error, _time.GetElapsedTime(started))]);
            }

            var changes = change(there);
            if (changes.Count == 0)
            {
                return new RedirectResult(family, cause, there.Redirects, []);
            }

            error = _tables.Commit(changes, generation);
            if (error == TableNetlink.Overtaken && left > 0)
            {
                continue;
            }

            var elapsed = _time.GetElapsedTime(started);
            return error == 0
                ? new RedirectResult(
                    family, cause, there.Redirects, Difference(family, there, wanted, elapsed), elapsed)
                : new RedirectResult(
                    family, cause, there.Redirects, FactsOfFailure(family, there, wanted, error, elapsed));
        }
    }

    /// <summary>
    /// If another program changed the rules during a reading, the result is a mixture; so it is read again.
    /// </summary>
    private (NativeTable There, ulong? Generation, int Error) ReadWhole()
    {
        for (var left = Tries; ; left--)
        {
            var read = _tables.Read();
            if (read.Error != 0 || read.Generation == _tables.Generation())
            {
                return read;
            }

            if (left == 0)
            {
                return read with { Error = TableNetlink.Overtaken };
            }
        }
    }

    /// <summary>
    /// If the answer to a change was lost, the change may have been applied: read the table to find out.
    /// </summary>
    private RuleFact[] FactsOfFailure(
        Family family, NativeTable before, NativeTable wanted, int error, TimeSpan elapsed)
    {
        var (after, _, unread) = ReadWhole();
        after = wanted is { Table: not null, Set: null } ? after with { Set = null } : after;
        return
        [
            .. unread != 0 ? [] : Difference(family, before, after, elapsed),
            Failed(family, error, elapsed),
        ];
    }

    /// <summary>A set that is not needed may stay; it does not count as a difference.</summary>
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
