using System.Diagnostics.CodeAnalysis;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using Npgsql;

namespace GaleraGate.Daemon.Fleet;

/// <summary>How the archive last knew the nodes of a cluster: what was so, and may not be so now.</summary>
internal sealed class ArchivedNodes(NpgsqlDataSource source, string schema, string cluster, TimeProvider time)
{
    private const int FewOfEach = 3;
    private const int MostClosings = 100;

    private static readonly string[] Types =
    [
        nameof(DaemonStarted),
        nameof(DaemonStopped),
        nameof(NodeStateChanged),
        nameof(VerdictChanged),
        nameof(GateOpened),
        nameof(GateAdopted),
        nameof(GateClosed),
        nameof(HoldPlaced),
        nameof(HoldLifted),
        nameof(LeaseLapsed),
    ];

    [SuppressMessage("Reliability", "CA2000", Justification = "open until the command has ended")]
    public static ArchivedNodes? Of(Settings settings, TimeProvider time)
    {
        if (settings.Text(OptionTable.Archive.Name).Length == 0)
        {
            return null;
        }

        var address = ArchiveAddress.Of(settings);
        return new ArchivedNodes(address.Open(), address.Schema, settings.Text(OptionTable.Cluster.Name), time);
    }

    /// <param name="without">Nodes that answered by themselves.</param>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public async Task<IReadOnlyList<FleetNode>> ReadAsync(
        IReadOnlySet<string> without, CancellationToken cancellationToken)
    {
        var queries = new ArchiveQueries(source, schema);
        var streams = await queries.StreamsAsync(cancellationToken) ?? [];
        var wanted = streams.Where(stream => stream.Cluster == cluster && !without.Contains(stream.Node));
        return await Task.WhenAll(wanted.Select(stream => ReadAsync(queries, stream, cancellationToken)));
    }

    private async Task<FleetNode> ReadAsync(
        ArchiveQueries queries, ArchivedStream stream, CancellationToken cancellationToken)
    {
        var newest = await Task.WhenAll(Types.Select(type => queries.NewestAsync(
            stream.Stream, type, type == nameof(GateClosed) ? MostClosings : FewOfEach, cancellationToken)));
        var events = newest.SelectMany(some => some).Select(one => one.Envelope).OrderBy(one => one.Seq).ToList();
        var (state, standing) = (new GateState(), new Standing());
        foreach (var envelope in events)
        {
            (state, standing) = (GateDecider.Evolve(state, envelope), standing.After(envelope));
        }

        var now = time.GetUtcNow();
        var hourAgo = now - TimeSpan.FromHours(1);
        var holds = standing.Holds.Select(hold => $"held by {hold.By}: {hold.Why}").ToList();
        var why = events is [.., { Event: DaemonStopped }] ? "the daemon was stopped"
            : holds.Count > 0 ? string.Join(", ", holds)
            : state.Verdict is { IsFit: false } unfit ? ReasonWords.SeenOf(unfit.Reasons, null)
            : null;
        return new FleetNode
        {
            Node = PeerStatus.Plain(stream.Node),
            Gate = state.Phase.ToString().ToLowerInvariant(),
            State = state.NodeState.ToString(),
            Why = why is null ? null : PeerStatus.Plain(why),
            Since = standing.GateEvent is null ? null : standing.GateSince.Utc,
            Seconds = standing.GateEvent is null ? null : Math.Max(0, (now - standing.GateSince.Utc).TotalSeconds),
            ClosedLastHour = events.Count(one => one.Event is GateClosed { Planned: false } && one.At.Utc > hourAgo),
            Age = stream.Last is { } last ? Math.Max(0, (now - last).TotalSeconds) : null,
            From = FleetNode.OfArchive,
        };
    }
}
