using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Common to all audit readings: the journals or the archive, the selection of events, and the output form.
/// </summary>
internal sealed class AuditReading
{
    private readonly Settings _settings;
    private readonly AuditProblems _problems = new();
    private readonly AuditOwners _owners = new();
    private IReadOnlyList<AuditSource>? _sources;

    private AuditReading(AuditOptions options, Settings settings) => (Options, _settings) = (options, settings);

    public AuditOptions Options { get; }

    /// <summary>The options that name the source.</summary>
    public static IReadOnlyList<OptionRow> Sources { get; } =
    [
        OptionTable.Journal with { IsList = true, Help = "directory of the journal; several are read as one" },
        OptionTable.Archive with
        {
            Help = "read the archive instead, as given here: an Npgsql connection string, or a file that holds it",
        },
        OptionTable.ArchiveSchema,
        OptionTable.InsecurePermissions,
        OptionTable.Cluster with { Default = "", Help = "of the archive only this cluster's nodes" },
    ];

    /// <summary>Adds the options of a reading to a command.</summary>
    /// <param name="types">The event types that it is about.</param>
    /// <param name="more">Further options from the table.</param>
    public static AuditReading For(
        Command command, IEnumerable<string> types, AuditScope scope, params IEnumerable<OptionRow> more)
    {
        var reading = new AuditReading(new AuditOptions(types, scope), Settings.For(command, Sources, more));
        reading.Options.AddTo(command);
        return reading;
    }

    public AuditFormat FormatOf(ParseResult parsed) => Options.FormatOf(parsed);

    public (DateTimeOffset? Since, DateTimeOffset? Until) Window(ParseResult parsed) => Options.Window(parsed);

    /// <summary>The settings of the command, including its further options.</summary>
    public Settings SettingsOf(ParseResult parsed) => _settings.With(parsed);

    /// <summary>
    /// Every event of the reading's types, merged from several nodes. If older events were deleted, the carried ones
    /// come first.
    /// </summary>
    /// <exception cref="FormatException">The request is not possible.</exception>
    public IEnumerable<Envelope> Envelopes(ParseResult parsed)
    {
        var (filter, nodes) = (Options.FilterOf(parsed), Options.NodesOf(parsed));
        return Merged(parsed, source => source.All(filter.Types).Where(nodes));
    }

    /// <summary>
    /// The closures, ordered by their beginning: those that overlap the requested period, those needed to know how it
    /// began and ended, and maybe more.
    /// </summary>
    public IReadOnlyList<Closure> Closures(ParseResult parsed)
    {
        var (all, named, (since, until)) = (new List<Closure>(), Options.Named(parsed), Window(parsed));
        foreach (var source in SourcesOf(parsed))
        {
            foreach (var closure in source.ClosuresToItsEnd(since, until)
                .Where(one => named.Count == 0 || named.Contains(one.Node)))
            {
                _owners.Claim(source, closure.Node);
                all.Add(closure);
            }
        }

        return Failovers.InOrder(all);
    }

    /// <summary>The samples for statistics, and the period that the records cover.</summary>
    public (IReadOnlyList<Sample> Samples, Extent Extent) Samples(ParseResult parsed)
    {
        var (all, spans, named) = (new List<Sample>(), new List<NodeSpan>(), Options.Named(parsed));
        foreach (var source in SourcesOf(parsed))
        {
            var (samples, end) = source.Samples();
            // A lease's expiry after the last event is known only after that event has been read.
            var lapsed = source.LapseAfter(end.Closures);
            foreach (var span in end.Spans.Where(span => named.Count == 0 || named.Contains(span.Node)))
            {
                _owners.Claim(source, span.Node);
                spans.Add(lapsed?.Node == span.Node ? span.With(lapsed.At.Utc) : span);
            }

            all.AddRange(samples.Where(sample => named.Count == 0 || named.Contains(sample.Node)));
        }

        var (since, until) = Window(parsed);
        var within = all.Where(sample => !(sample.At < since) && !(sample.At > until));
        return ([.. within], Extent.Of(spans, all, since, until));
    }

    /// <summary>The recorded events, without inferred ones.</summary>
    public IEnumerable<Envelope> Recorded(ParseResult parsed) => Envelopes(parsed).Where(one => !one.IsInferred);

    /// <summary>
    /// The requested events, preceded by those needed for the state at the beginning, if the source has them.
    /// </summary>
    public IEnumerable<Envelope> WithContext(ParseResult parsed)
    {
        var (filter, nodes) = (Options.FilterOf(parsed), Options.NodesOf(parsed));
        return Merged(parsed, source => source.Within(filter.Since, filter.Until).Where(nodes));
    }

    /// <summary>A filter that separates the requested events from their context.</summary>
    public Func<Envelope, bool> IsAsked(ParseResult parsed) => Options.FilterOf(parsed).Wants;

    /// <summary>For each source: the events that fold to the state at a time, and those after it.</summary>
    public IEnumerable<IEnumerable<Envelope>> StatesAt(ParseResult parsed, DateTimeOffset time)
    {
        var nodes = Options.NodesOf(parsed);
        return SourcesOf(parsed).Select(source => _owners.Owned(source, source.StateAt(time).Where(nodes)));
    }

    /// <summary>The events of a single node.</summary>
    /// <param name="from">The first seq.</param>
    /// <param name="caused">Only events that name a cause.</param>
    /// <exception cref="FormatException">There are several nodes.</exception>
    public IEnumerable<Envelope> OfOneNode(ParseResult parsed, long from = 0, bool caused = false)
    {
        var (filter, nodes) = (new JournalFilter { From = from, Caused = caused }, Options.NodesOf(parsed));
        return Merged(parsed, source => source.Read(filter).Select(entry => entry.Envelope).Where(nodes));
    }

    /// <summary>The sources are assumed to be every node of one cluster.</summary>
    public bool IsOfOneCluster(ParseResult parsed)
    {
        var sources = SourcesOf(parsed);
        return Options.Named(parsed).Count == 0
            && (sources.Any(one => one.Cluster is not null)
                ? sources.DistinctBy(one => one.Cluster).Count() == 1
                : sources.Count > 1);
    }

    /// <summary>
    /// The exit code after all output: 1 if anything read was damaged, modified or missing, as reported on standard
    /// error.
    /// </summary>
    public int Ended() => _problems.Any ? 1 : 0;

    /// <summary>Notes that people wrote about events, at any time.</summary>
    public Notes Notes(ParseResult parsed)
    {
        var nodes = Options.NodesOf(parsed);
        return new Notes(
            SourcesOf(parsed).SelectMany(source => _owners.Owned(source, source.Notes().Where(nodes))));
    }

    /// <summary>The sources searched, for the message about an empty result.</summary>
    public string Searched(ParseResult parsed)
    {
        var (since, until) = Window(parsed);
        var form = FormatOf(parsed);
        return string.Join(", ", SourcesOf(parsed).Select(source => source.Name))
            + (since is { } from ? $" from {form.Time(from)}" : "") + (until is { } to ? $" to {form.Time(to)}" : "")
            + (Options.Named(parsed) is { Count: > 0 } nodes ? $", of {string.Join(" and ", nodes)}" : "")
            + (Options.NamedTypes(parsed) is { Count: > 0 } types ? $", {string.Join(" and ", types)} alone" : "");
    }

    /// <summary>Writes each requested event and then, if requested, follows new ones.</summary>
    public async Task<int> ReadAsync(
        ParseResult parsed, Action<AuditEntry, AuditFormat> write, CancellationToken cancellationToken)
    {
        var (filter, form, found) = (Options.FilterOf(parsed), FormatOf(parsed), false);
        if (!Options.Follows(parsed))
        {
            using var bulk = Terminal.InBulk();
            foreach (var entry in Entries(parsed, filter))
            {
                cancellationToken.ThrowIfCancellationRequested();
                found = true;
                write(entry, form);
            }

            SayIfNone(found, parsed);
            return Ended();
        }

        var (sources, nodes) = (SourcesOf(parsed), Options.NodesOf(parsed));
        if (sources.Count != 1)
        {
            var named = Options.Named(parsed).Count == 0
                ? "give one --journal, or --archive with one --node"
                : $"there are {sources.Count}";
            throw new FormatException($"--follow reads one node: {named}");
        }

        try
        {
            await foreach (var entry in sources[0].FollowAsync(cancellationToken))
            {
                if (nodes(entry.Envelope) && filter.Wants(entry.Envelope))
                {
                    write(entry, form);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C ends following.
        }

        return Ended();
    }

    /// <summary>For an empty result, prints what was searched.</summary>
    public void SayIfNone(bool found, ParseResult parsed)
    {
        if (!found && FormatOf(parsed).IsForPeople)
        {
            Console.Error.WriteLine($"galeragate: nothing is recorded in {Searched(parsed)}");
        }
    }

    private IEnumerable<Envelope> Merged(ParseResult parsed, Func<AuditSource, IEnumerable<Envelope>> read) =>
        AuditSources.Merge(SourcesOf(parsed), source => _owners.Owned(source, read(source)), envelope => envelope);

    private IEnumerable<AuditEntry> Entries(ParseResult parsed, JournalFilter filter)
    {
        var nodes = Options.NodesOf(parsed);
        return AuditSources.Merge(
            SourcesOf(parsed),
            source => source.Read(filter).Where(entry => nodes(entry.Envelope)),
            entry => entry.Envelope);
    }

    /// <exception cref="FormatException">The command needs exactly one source.</exception>
    private IReadOnlyList<AuditSource> SourcesOf(ParseResult parsed) =>
        _sources ??= AuditSources.Find(_settings.With(parsed), Options.Named(parsed), Options.Scope, _problems);
}
