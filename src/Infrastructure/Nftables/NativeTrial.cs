using System.Globalization;
using System.Net;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// Finds out whether this host's kernel can keep a gate with nftables only, by doing it: creates and removes a table
/// with everything that a gate has, in one transaction. No packet ever passes it, and nothing of it remains.
/// </summary>
public static class NativeTrial
{
    private const int NotPermitted = 1;

    /// <summary>The part of a gate's table that each group of messages creates, and the kernel module for it.</summary>
    private static readonly (int Messages, string What, string Module)[] Parts =
    [
        (1, "a table", "nf_tables"),
        (2, "a set with a timeout", "nf_tables"),
        (5, "a chain of the type nat", "nft_chain_nat"),
        (6, "ct state", "nft_ct"),
        (7, "dnat", "nft_nat"),
        (int.MaxValue, "fib", "nft_fib_inet"),
    ];

    /// <summary>Why it cannot; null if it can.</summary>
    public static Inability? Try()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"galeragate-try-{Environment.ProcessId}");
        using var tables = new TableNetlink(name);
        var rules = new NativeRules("try", 1, 2, [IPNetwork.Parse("::/1")], LocalClients: true, Leased: true)
        {
            Table = name,
        };
        var all = rules.Change(NativeTable.Nothing(name), new Redirect(1, 1));
        int Make(int count) => tables.Commit([.. all.Take(count), tables.Messages.DropTable()]);
        var error = Make(all.Count);
        if (error == 0)
        {
            return null;
        }

        var part = Parts.First(one => one.Messages > all.Count || Make(one.Messages) != 0);
        return error == NotPermitted
            ? new Inability("nftables: no right to change rules", Inability.Rights)
            : new Inability(
                $"nftables: the kernel cannot make {part.What}: {Netlink.Meaning(error)}",
                Inability.Load(part.Module, isExtra: false));
    }
}
