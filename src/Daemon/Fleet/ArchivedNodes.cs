using System.Diagnostics.CodeAnalysis;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using Npgsql;

namespace GaleraGate.Daemon.Fleet;

/// <summary>
/// The last state of a cluster's nodes in the archive, which may be out of date. The read models answer for all nodes
/// at once; if the archive lacks them, the newest events of each node are read.
/// </summary>
internal sealed class ArchivedNodes(NpgsqlDataSource source, string schema, string cluster, TimeProvider time)
{
    private const int FewOfEach = 3;
    private const int MostClosings = 100;

    /// <summary>
    /// More events than current read models ever lack. Reading more than this would take too long for an interactive
    /// command.
    /// </summary>
    private const int MostOfAll = 10_000;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

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

    /// <param name="without">Nodes that answered themselves.</param>
    /// <exception cref="NpgsqlException">It does not answer.</exception>
    public async Task<IReadOnlyList<FleetNode>> ReadAsync(
        IReadOnlySet<string> without, CancellationToken cancellationToken)
    {
        var queries = new ArchiveQueries(source, schema);
        var streams = await queries.StreamsAsync(cancellationToken) ?? [];
        List<ArchivedStream> wanted =
        [
            .. streams.Where(stream => stream.Cluster == cluster && !without.Contains(stream.Node)),
        ];
        if (wanted.Count == 0)
        {
            return [];
        }

        var models = await ArchiveReadModels.OfAsync(source, schema, cancellationToken);
        return await Task.Run(() => FromModels(models, wanted), cancellationToken)
            ?? await Task.WhenAll(wanted.Select(stream => ReadAsync(queries, stream, cancellationToken)));
    }

    /// <summary>
    /// Null if the archive's read models are so far out of date that most events would have to be read.
    /// </summary>
    private IReadOnlyList<FleetNode>? FromModels(ArchiveReadModels models, List<ArchivedStream> wanted)
    {
        List<string> streams = [.. wanted.Select(stream => stream.Stream)];
        var begins = models.Begins(streams, DateTimeOffset.MaxValue);
        if (models.After(streams, begins, null, MostOfAll) is not { } after)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var closures = models.Closures(streams, now - Hour, null);
        int Closed(string stream) => closures[stream].Ended
            .Append(closures[stream].End?.Fold.Lasting)
            .Count(one => one is { IsPlanned: false, IsFirstStart: false } && one.From.Utc > now - Hour);
        return
        [
            .. wanted.Select(stream => Of(
                stream,
                [
                    .. begins.TryGetValue(stream.Stream, out var begin) ? begin.Events : [],
                    .. after[stream.Stream],
                ],
                Closed(stream.Stream))),
        ];
    }

    private async Task<FleetNode> ReadAsync(
        ArchiveQueries queries, ArchivedStream stream, CancellationToken cancellationToken)
    {
        var newest = await Task.WhenAll(Types.Select(type => queries.NewestAsync(
            stream.Stream, type, type == nameof(GateClosed) ? MostClosings : FewOfEach, cancellationToken)));
        var events = newest.SelectMany(some => some).Select(one => one.Envelope).OrderBy(one => one.Seq).ToList();
        var hourAgo = time.GetUtcNow() - Hour;
        return Of(
            stream, events, events.Count(one => one.Event is GateClosed { Planned: false } && one.At.Utc > hourAgo));
    }

    /// <param name="events">The events that fold to its last state.</param>
    private FleetNode Of(ArchivedStream stream, IReadOnlyList<Envelope> events, int closedLastHour)
    {
        var (state, standing) = (new GateState(), new Standing());
        foreach (var envelope in events)
        {
            (state, standing) = (GateDecider.Evolve(state, envelope), standing.After(envelope));
        }

        var now = time.GetUtcNow();
        var holds = standing.Holds.Select(hold => $"held by {hold.By}: {hold.Why}").ToList();
        var why = events is [.., { Event: DaemonStopped }] ? "the daemon was stopped"
            : holds.Count > 0 ? string.Join(", ", holds)
            : state.Verdict is { IsFit: false } unfit ? ReasonWords.SeenOf(unfit.Reasons, state.Answer)
            : null;
        return new FleetNode
        {
            Node = PeerStatus.Plain(stream.Node),
            Gate = state.Phase.ToString().ToLowerInvariant(),
            State = state.NodeState.ToString(),
            Why = why is null ? null : PeerStatus.Plain(why),
            Since = standing.GateEvent is null ? null : standing.GateSince.Utc,
            Seconds = standing.GateEvent is null ? null : Math.Max(0, (now - standing.GateSince.Utc).TotalSeconds),
            ClosedLastHour = closedLastHour,
            Age = stream.Last is { } last ? Math.Max(0, (now - last).TotalSeconds) : null,
            From = FleetNode.OfArchive,
        };
    }
}
