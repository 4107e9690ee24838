using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>What every reading of the audit shares: which journals or which archive, which events of them, and in which form they are printed.</summary>
internal sealed class AuditReading
{
    private readonly HashSet<string> _types;
    private readonly Settings _settings;
    private readonly Option<string?> _since = new("--since") { Description = "not before this time: ISO 8601, 03:14, yesterday, -2h, \"2 hours ago\"", HelpName = "TIME" };
    private readonly Option<string?> _until = new("--until") { Description = "not after this time", HelpName = "TIME" };
    private readonly Option<string[]> _type = new("--type") { Description = "only events of these types", HelpName = "TYPE", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string[]> _node = new("--node") { Description = "only events of these nodes", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _utc = new("--utc") { Description = "times in UTC; without it in this host's zone" };
    private readonly Option<bool> _json = new("--json") { Description = "one JSON object a line; times are UTC" };
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "go on with what is recorded from now on, until Ctrl-C" };

    private readonly Shape _shape;
    private readonly AuditProblems _problems = new();
    private readonly AuditOwners _owners = new();
    private IReadOnlyList<AuditSource>? _sources;

    private AuditReading(IEnumerable<string> types, Shape shape, Settings settings) => (_types, _shape, _settings) = (types.ToHashSet(StringComparer.Ordinal), shape, settings);

    /// <summary>How events are printed.</summary>
    internal readonly record struct Form(bool Json, bool Utc)
    {
        public string Time(Instant at) => Time(at.Utc);

        public string Time(DateTimeOffset at) => (Utc ? at.UtcDateTime : at.LocalDateTime).ToString("yyyy-MM-dd HH:mm:ss.fffK", CultureInfo.InvariantCulture);
    }

    /// <summary>What a reading can leave out without telling another story.</summary>
    internal enum Shape
    {
        /// <summary>Single events: by time, type and node.</summary>
        Filtered,

        /// <summary>The same, and more as it comes.</summary>
        Followed,

        /// <summary>Every event from the first on, of the nodes asked for: what is folded must be whole.</summary>
        Whole,

        /// <summary>Every event of one node.</summary>
        OneNode,
    }

    /// <summary>Where an audit is read from.</summary>
    public static IReadOnlyList<OptionRow> Sources { get; } =
    [
        OptionTable.Journal with { IsList = true, Help = "directory of the journal; several are read as one" },
        OptionTable.Archive with { Help = "read the archive instead, as given here: an Npgsql connection string, or a file that holds it" },
        OptionTable.ArchiveSchema,
        OptionTable.InsecurePermissions,
        OptionTable.Cluster with { Default = "", Help = "of the archive only this cluster's nodes" },
    ];

    /// <summary>Gives a command the options of a reading.</summary>
    /// <param name="types">The event types that it is about.</param>
    /// <param name="more">Options of the table beside.</param>
    public static AuditReading For(Command command, IEnumerable<string> types, Shape shape, params IEnumerable<OptionRow> more)
    {
        var reading = new AuditReading(types, shape, Settings.For(command, Sources, more));
        Option[] options = shape switch
        {
            Shape.Filtered => [reading._since, reading._until, reading._type, reading._node],
            Shape.Followed => [reading._since, reading._until, reading._type, reading._node, reading._follow],
            Shape.Whole => command.Arguments.Count > 0 ? [reading._node] : [reading._since, reading._until, reading._node],
            Shape.OneNode => [reading._node],
        };
        foreach (var option in options.Append(reading._utc).Append(reading._json))
        {
            command.Options.Add(option);
        }

        return reading;
    }

    public Form FormOf(ParseResult parsed) => new(parsed.GetValue(_json), parsed.GetValue(_utc));

    /// <summary>The settings of the command, its further options among them.</summary>
    public Settings SettingsOf(ParseResult parsed) => _settings.With(parsed);

    /// <summary>Every event of the types it is about, several nodes' as one, and before them what is left of those that were dropped.</summary>
    /// <exception cref="FormatException">What is asked for cannot be.</exception>
    public IEnumerable<Envelope> Envelopes(ParseResult parsed)
    {
        var (filter, nodes) = (FilterOf(parsed), NodesOf(parsed));
        return Merged(parsed, source => source.ReadFor(null, filter.Types).Where(nodes));
    }

    /// <summary>The events asked for, and before them, where the source can give them, those that tell how everything stood when they began.</summary>
    public IEnumerable<Envelope> WithContext(ParseResult parsed)
    {
        var (filter, nodes) = (FilterOf(parsed), NodesOf(parsed));
        return Merged(parsed, source => source.ReadFor(filter.Since, null).Where(nodes));
    }

    /// <summary>Tells which events were asked for, of those that come with their context.</summary>
    public Func<Envelope, bool> IsAsked(ParseResult parsed) => FilterOf(parsed).Wants;

    /// <summary>For each source, the events that fold to the state as of a time, and those after it.</summary>
    public IEnumerable<IEnumerable<Envelope>> StatesAt(ParseResult parsed, DateTimeOffset time)
    {
        var nodes = NodesOf(parsed);
        return SourcesOf(parsed).Select(source => _owners.Owned(source, source.ReadFor(time, null).Where(nodes)));
    }

    /// <summary>The events of the one node asked about.</summary>
    /// <param name="from">The first seq wanted.</param>
    /// <exception cref="FormatException">There are several.</exception>
    public IEnumerable<Envelope> OfOneNode(ParseResult parsed, long from = 0)
    {
        var (filter, nodes) = (new JournalFilter { From = from }, NodesOf(parsed));
        return Merged(parsed, source => source.Read(filter).Select(entry => entry.Envelope).Where(nodes));
    }

    /// <summary>
    /// The exit code after everything was shown: 1 when something of it was damaged, edited or gone, which is on
    /// standard error.
    /// </summary>
    public int Ended() => _problems.Any ? 1 : 0;

    /// <summary>What people wrote about events, whenever they did.</summary>
    public Notes Notes(ParseResult parsed)
    {
        var (types, nodes) = (new HashSet<string>(StringComparer.Ordinal) { EventNames.OfType(typeof(Annotated)) }, NodesOf(parsed));
        var filter = new JournalFilter { Types = types };
        return new Notes(SourcesOf(parsed).SelectMany(
            source => _owners.Owned(source, source.Read(filter).Select(entry => entry.Envelope).Where(nodes))));
    }

    /// <summary>The time asked about, for what reads more than that.</summary>
    public (DateTimeOffset? Since, DateTimeOffset? Until) Window(ParseResult parsed) => (TimeOf(parsed, _since), TimeOf(parsed, _until));

    /// <summary>What was searched, for an empty answer.</summary>
    public string Searched(ParseResult parsed)
    {
        var (since, until) = Window(parsed);
        var form = FormOf(parsed);
        return string.Join(", ", SourcesOf(parsed).Select(source => source.Name))
            + (since is { } from ? $" from {form.Time(from)}" : "") + (until is { } to ? $" to {form.Time(to)}" : "")
            + (parsed.GetValue(_node) is { Length: > 0 } nodes ? $", of {string.Join(" and ", nodes)}" : "")
            + (parsed.GetValue(_type) is { Length: > 0 } types ? $", {string.Join(" and ", types)} alone" : "");
    }

    /// <summary>Writes each event asked for, and then, where that is asked for, what is recorded from now on.</summary>
    public async Task<int> ReadAsync(ParseResult parsed, Action<AuditEntry, Form> write, CancellationToken cancellationToken)
    {
        var (filter, form) = (FilterOf(parsed), FormOf(parsed));
        if (!parsed.GetValue(_follow))
        {
            var found = false;
            foreach (var entry in Entries(parsed, filter))
            {
                cancellationToken.ThrowIfCancellationRequested();
                found = true;
                write(entry, form);
            }

            SayIfNone(found, parsed);
            return Ended();
        }

        var (sources, nodes) = (SourcesOf(parsed), NodesOf(parsed));
        if (sources.Count != 1)
        {
            throw new FormatException($"--follow reads one node: {(parsed.GetResult(_node) is null ? "give one --journal, or --archive with one --node" : "there are " + sources.Count)}");
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
            // Ctrl-C: that is how following ends.
        }

        return Ended();
    }

    /// <summary>An empty answer says what was searched.</summary>
    public void SayIfNone(bool found, ParseResult parsed)
    {
        if (!found && !FormOf(parsed).Json)
        {
            Console.Error.WriteLine($"galeragate: nothing is recorded in {Searched(parsed)}");
        }
    }

    private IEnumerable<Envelope> Merged(ParseResult parsed, Func<AuditSource, IEnumerable<Envelope>> read) =>
        GaleraOrder.Merge(
            SourcesOf(parsed).Select(source => _owners.Owned(source, read(source))), envelope => envelope);

    private IEnumerable<AuditEntry> Entries(ParseResult parsed, JournalFilter filter)
    {
        var (sources, nodes) = (SourcesOf(parsed), NodesOf(parsed));
        return sources.Count == 1
            ? sources[0].Read(filter).Where(entry => nodes(entry.Envelope))
            : GaleraOrder.Merge(sources.Select(source => source.Read(filter).Where(entry => nodes(entry.Envelope))), entry => entry.Envelope);
    }

    /// <exception cref="FormatException">There are several where one is wanted, or none.</exception>
    private IReadOnlyList<AuditSource> SourcesOf(ParseResult parsed) => _sources ??= Find(parsed);

    private IReadOnlyList<AuditSource> Find(ParseResult parsed)
    {
        var (settings, named) = (_settings.With(parsed), parsed.GetValue(_node));
        // What a configuration file says of the archive is where the daemon ships to; its own host is asked first.
        IReadOnlyList<AuditSource> sources = settings.Strength(OptionTable.Archive.Name) < Settings.OfTheCommandLine
            ? [.. settings.List(OptionTable.Journal.Name).Select(name => AuditSource.OfJournal(name, _problems.Report))]
            : AuditSource.OfArchive(ArchiveAddress.Of(settings), settings.Text(OptionTable.Cluster.Name), named ?? []);
        return _shape == Shape.OneNode && sources.Count > 1 && named is not { Length: 1 }
            ? throw new FormatException("of several nodes it must be said which: give one --node")
            : sources;
    }

    private Func<Envelope, bool> NodesOf(ParseResult parsed) =>
        parsed.GetValue(_node) is { Length: > 0 } given && given.ToHashSet(StringComparer.Ordinal) is var nodes ? envelope => nodes.Contains(envelope.Node) : _ => true;

    private JournalFilter FilterOf(ParseResult parsed)
    {
        var types = parsed.GetValue(_type) is { Length: > 0 } named ? named.ToHashSet(StringComparer.Ordinal) : null;
        if (types?.FirstOrDefault(one => !_types.Contains(one)) is { } unknown)
        {
            throw new FormatException($"--type: there is no event type {unknown}; known are {string.Join(", ", _types.Order(StringComparer.Ordinal))}");
        }

        var (since, until) = _shape is Shape.Whole or Shape.OneNode ? (null, null) : Window(parsed);
        // What is about all types shows those of newer versions too.
        return new JournalFilter { Since = since, Until = until, Types = types ?? (_types.Count == EventNames.All.Count() ? null : _types) };
    }

    private static DateTimeOffset? TimeOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not null && parsed.GetValue(option) is { } text ? TimeArgument.Required(text, option.Name) : null;
}
