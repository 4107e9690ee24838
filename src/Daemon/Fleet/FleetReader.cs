using GaleraGate.Infrastructure.Galera;
using Npgsql;

namespace GaleraGate.Daemon.Fleet;

/// <summary>
/// Collects the state of every node of the cluster: from this daemon, from the others at their HTTP ports, and from the
/// archive for those that do not answer. No node is left out: one that does not answer has a row too.
/// </summary>
internal sealed class FleetReader(OtherGates others, ushort httpPort, ArchivedNodes? archive, TimeProvider time)
{
    /// <summary>A status has a few kilobytes; limits the answer of a peer, which may send anything.</summary>
    private const int MaxAnswerBytes = 1 << 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <param name="own">This node; null if none runs on this host.</param>
    public async Task<FleetReport> ReadAsync(FleetNode? own, CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        List<FleetNode> nodes = [.. own is null ? [] : new[] { own }, .. await PeersAsync(notes, cancellationToken)];
        if (archive is not null && (notes.Count > 0 || nodes.Any(node => node.Open is null)))
        {
            nodes = Joined(nodes, await ArchivedAsync(nodes, notes, cancellationToken));
        }

        return new FleetReport(
            time.GetUtcNow(),
            nodes.Count(node => node.Open == true),
            [.. nodes.OrderBy(node => node.Node, StringComparer.Ordinal)],
            notes);
    }

    private async Task<IReadOnlyList<FleetNode>> PeersAsync(List<string> notes, CancellationToken cancellationToken)
    {
        try
        {
            var peers = await others.FindAsync(cancellationToken);
            return await Task.WhenAll(peers.Select(peer => AskAsync(peer, cancellationToken)));
        }
        catch (FormatException e)
        {
            notes.Add($"the other nodes are not known: {PeerStatus.Plain(e.Message)}");
            return [];
        }
    }

    private async Task<FleetNode> AskAsync(OtherNode peer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var answers = await Task.WhenAll(peer.Addresses.Select(async address =>
                await PeerHttp.GetAsync(address, httpPort, "status", MaxAnswerBytes, limit.Token) is { } answer
                    ? PeerStatus.Read(answer, FleetNode.OfHttp, peer.Name)
                    : null));
            if (answers.FirstOrDefault(answer => answer is not null) is { } known)
            {
                return known;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It hangs, like a host that drops packets.
        }

        return new FleetNode
        {
            Node = PeerStatus.Plain(OtherGates.HostOf(peer.Name)),
            Address = peer.Name,
            From = FleetNode.OfNothing,
            Trouble = peer.Addresses.Count == 0 ? "the name is not known" : $"no answer at HTTP port {httpPort}",
        };
    }

    private async Task<IReadOnlyList<FleetNode>> ArchivedAsync(
        List<FleetNode> nodes, List<string> notes, CancellationToken cancellationToken)
    {
        var answered = nodes.Where(node => node.Open is not null).Select(node => node.Node);
        try
        {
            return await archive!.ReadAsync(answered.ToHashSet(StringComparer.Ordinal), cancellationToken);
        }
        catch (NpgsqlException e)
        {
            notes.Add($"the archive does not answer: {PeerStatus.Plain(e.Message.ReplaceLineEndings(" "))}");
            return [];
        }
    }

    /// <summary>
    /// A node that does not answer is known by its address, but the archive has its name. They are matched if the names
    /// are equal, or if only one of each remains.
    /// </summary>
    private static List<FleetNode> Joined(List<FleetNode> nodes, IReadOnlyList<FleetNode> archived)
    {
        var left = archived.ToList();
        var joined = new List<FleetNode>();
        foreach (var node in nodes)
        {
            var silent = nodes.Count(one => one.Open is null);
            var same = node.Open is not null ? null
                : left.Find(one => one.Node == node.Node) ?? (silent == 1 && left.Count == 1 ? left[0] : null);
            _ = same is not null && left.Remove(same);
            joined.Add(same is null ? node : same with { Address = node.Address, Trouble = node.Trouble });
        }

        // The remaining ones cannot be matched; keep the archive's rows, which have more information.
        var nameless = joined.Where(node => node.From == FleetNode.OfNothing && node.Address is not null).ToList();
        return [
            .. joined.Except(nameless.Take(left.Count)),
            .. left.Select(one => one with { Trouble = "the node itself did not answer" }),
        ];
    }
}
