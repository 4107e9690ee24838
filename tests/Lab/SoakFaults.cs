namespace GaleraGate.Lab;

/// <summary>A fault that happens to a node of the soak for a while.</summary>
/// <param name="Weight">How often the fault is drawn, relative to the others.</param>
/// <param name="Longest">The longest that the fault lasts, in seconds.</param>
/// <param name="Disturbs">
/// Whether the fault stops the daemon itself from acting. If so, the gate may stay open until its lease ends.
/// </param>
/// <param name="Only">The only node that the fault may happen to.</param>
internal sealed record SoakFault(
    string Name, int Weight, int Longest, Action<SoakNode> Begin, Action<SoakNode> End, bool Disturbs = false,
    string? Only = null);

/// <summary>The faults that a soak draws from.</summary>
internal static class SoakFaults
{
    /// <summary>
    /// The node whose daemon is killed and replaced. The other nodes' daemons run from beginning to end.
    /// </summary>
    public const string Restarted = "n2";

    private static readonly string[] Tables = ["iptables -t nat -F", "ip6tables -t nat -F", "nft flush ruleset"];

    public static IReadOnlyList<SoakFault> All { get; } =
    [
        new("server frozen", 4, 12, one => one.Node.Freeze(), one => one.Node.Thaw()),
        new("server killed", 2, 3, one => one.Node.Kill(), one => one.Node.Start()),
        new("server stopped, peers write meanwhile", 3, 5, one => { one.Node.Stop(); one.PeersWrite(); },
            one => one.Node.Start()),
        new("read_only", 5, 10, one => one.Node.ReadOnly(true), one => one.Node.ReadOnly(false)),
        new("read_only for a moment, several times", 3, 4, Flap, one => one.Node.ReadOnly(false)),
        new("wsrep_desync", 4, 10, one => one.Node.Desync(true), one => one.Node.Desync(false)),
        new("queries rejected", 3, 8, one => one.Node.RejectQueries("ALL"), one => one.Node.RejectQueries("NONE")),
        new("cut off from its peers", 4, 15, one => one.Cluster.Partition(one.Node),
            one => one.Cluster.Heal(one.Node)),
        new("data lost, joins by rsync", 2, 1, one => one.Node.RejoinByStateTransfer("rsync"), _ => { }),
        new("data lost, joins by xtrabackup-v2", 2, 1, one => one.Transfer("xtrabackup-v2"),
            one => { one.Node.AwaitSynced(); one.Transferred(); }),
        new("daemon frozen", 3, 12, one => one.Gate.Signal("-STOP"), one => one.Gate.Signal("-CONT"), true),
        new("daemon frozen, then read_only", 3, 12,
            one => { one.Gate.Signal("-STOP"); one.Node.ReadOnly(true); },
            one => { one.Gate.Signal("-CONT"); one.Node.ReadOnly(false); }, true),
        new("daemon killed", 4, 8, one => one.Gate.Kill(), one => one.Restart(), true, Restarted),
        new("daemon killed, then read_only", 2, 8, one => { one.Gate.Kill(); one.Node.ReadOnly(true); },
            one => { one.Node.ReadOnly(false); one.Restart(); }, true, Restarted),
        new("daemon replaced by SIGUSR2", 2, 1, one => one.Gate.EndBy("-USR2"), one => one.Restart(), true, Restarted),
        new("policy read again", 1, 1, one => one.Gate.Signal("-HUP"), _ => { }),
        new("held", 3, 8, one => one.Gate.Command("hold", "--reason", "soak"),
            one => one.Gate.Command("release")),
        new("rules flushed", 6, 2, one => Array.ForEach(Tables, one.Shell), _ => { }),
        new("journal's disk full", 2, 20, one => one.FillDisk(), one => one.ClearDisk()),
    ];

    /// <summary>Draws a fault for a node, by weight.</summary>
    public static SoakFault Draw(Random random, string node)
    {
        var possible = All.Where(one => one.Only is null || one.Only == node).ToList();
        var at = random.Next(possible.Sum(one => one.Weight));
        return possible.First(one => (at -= one.Weight) < 0);
    }

    private static void Flap(SoakNode one)
    {
        for (var i = 0; i < 6; i++)
        {
            one.Node.ReadOnly(i % 2 == 0);
            Thread.Sleep(700);
        }
    }
}
