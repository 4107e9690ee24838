using System.Diagnostics.CodeAnalysis;
using GaleraGate.Daemon.Logging;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// The rules and the lease of one gate, by the chosen backend; takes over what the other backend left.
/// </summary>
internal sealed class GateFirewall : IDisposable
{
    private readonly List<IDisposable> _parts = [];

    private GateFirewall(IFirewall tables, IReadOnlyList<Family> families, ILease? lease) =>
        (Tables, Families, Lease) = (tables, families, lease);

    public IFirewall Tables { get; }

    /// <summary>The address families whose rules are kept; none for a dry run.</summary>
    public IReadOnlyList<Family> Families { get; }

    /// <summary>Null if there is no lease.</summary>
    public ILease? Lease { get; }

    /// <summary>Why there is no lease; null if there is one.</summary>
    public string? NoLease { get; private init; }

    /// <summary>Creates the objects. In the kernel it creates only what a lease needs.</summary>
    /// <param name="length">The lease's length; null for none.</param>
    /// <param name="isDry">A dry run changes no rule.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns them")]
    public static GateFirewall Make(FirewallChoice choice, GateRules rules, TimeSpan? length, bool isDry)
    {
        var port = rules.GatePort;
        var iptables = new KernelLease(port, length ?? TimeSpan.Zero);
        var native = new NativeLease(port, length ?? TimeSpan.Zero);
        ILease own = choice.IsNative ? native : iptables;
        var trouble = length is null ? null : own.Prepare();
        var isLeased = length is not null && trouble is null;
        rules = rules with { Leased = isLeased };
        var legacy = new IptablesGate(rules, isLeased && !choice.IsNative ? iptables : null);
        var tables = new NativeGate(Native(rules), isLeased && choice.IsNative ? native : null);
        IReadOnlyList<Family> both = Infrastructure.Linux.Families.OfThisHost();
        var lease = isLeased ? own : null;
        var isTaken = !isDry && (!choice.IsNative || SystemCommand.Find("iptables") is not null);
        var over = !isTaken ? null
            : choice.IsNative
                ? new TakeOver((tables, [Family.Inet]), lease, (legacy, both, iptables), iptables.Remove)
            : new TakeOver((legacy, both), lease, (tables, [Family.Inet], native), () => null);
        ILease left = choice.IsNative ? iptables : native;
        var made = new GateFirewall(
            over ?? (IFirewall)(choice.IsNative ? tables : legacy),
            isDry ? [] : choice.IsNative ? [Family.Inet] : both,
            lease is not null && isTaken ? new TakenLease(lease, left) : lease)
        {
            NoLease = trouble,
        };
        made._parts.AddRange([legacy, tables, iptables, native, .. over is null ? Array.Empty<IDisposable>() : [over]]);
        return made;
    }

    /// <summary>The same rules in nftables' form.</summary>
    public static NativeRules Native(GateRules rules) => new(
        rules.Node, rules.GatePort, rules.ServerPort, rules.Sources, rules.LocalClients, rules.Leased);

    public void SayWhich(FirewallChoice choice, ILogger log)
    {
        if (Families.Count == 0)
        {
            Log.DryRun(log);
            return;
        }

        Log.Backend(log, choice.Name, choice.Why);
        if (Families.Count == 1 && !choice.IsNative)
        {
            Log.NoIpv6(log);
        }
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());
}
