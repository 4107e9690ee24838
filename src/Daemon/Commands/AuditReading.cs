using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Commands;

/// <summary>What every reading of the journal shares: which journals, which events of them, and in which form they are printed.</summary>
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

    /// <summary>Gives a command the options of a reading.</summary>
    /// <param name="types">The event types that it is about.</param>
    public static AuditReading For(Command command, IEnumerable<string> types, Shape shape)
    {
        var reading = new AuditReading(types, shape, Settings.For(command, [OptionTable.Journal with { IsList = true, Help = "directory of the journal; several are read as one" }]));
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

    /// <summary>The events asked for.</summary>
    /// <exception cref="FormatException">What is asked for cannot be.</exception>
    public IEnumerable<Envelope> Envelopes(ParseResult parsed)
    {
        var (wanted, directories) = (WantedOf(parsed), Directories(parsed));
        if (_shape == Shape.OneNode && directories.Count > 1 && parsed.GetValue(_node) is not { Length: 1 })
        {
            throw new FormatException("of several journals it must be said which node: give one --node");
        }

        return Merge(directories).Where(line => Say(line) && wanted(line.Envelope!)).Select(line => line.Envelope!);
    }

    /// <summary>The time asked about, for what reads more than that.</summary>
    public (DateTimeOffset? Since, DateTimeOffset? Until) Window(ParseResult parsed) => (TimeOf(parsed, _since), TimeOf(parsed, _until));

    /// <summary>What was searched, for an empty answer.</summary>
    public string Searched(ParseResult parsed) => string.Join(", ", Directories(parsed));

    /// <summary>Writes each event asked for, and then, where that is asked for, what is recorded from now on.</summary>
    public async Task<int> ReadAsync(ParseResult parsed, Action<JournalLine, Form> write, CancellationToken cancellationToken)
    {
        var (wanted, form, directories) = (WantedOf(parsed), FormOf(parsed), Directories(parsed));
        if (!parsed.GetValue(_follow))
        {
            foreach (var line in Merge(directories).Where(line => Say(line) && wanted(line.Envelope!)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                write(line, form);
            }

            return 0;
        }

        if (directories.Count > 1)
        {
            throw new FormatException("--follow reads one journal: give one --journal");
        }

        try
        {
            await foreach (var line in JournalReader.FollowAsync(directories[0], TimeProvider.System, cancellationToken))
            {
                if (Say(line) && wanted(line.Envelope!))
                {
                    write(line, form);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C: that is how following ends.
        }

        return 0;
    }

    private IReadOnlyList<string> Directories(ParseResult parsed)
    {
        var directories = _settings.With(parsed).List("journal");
        return directories.FirstOrDefault(directory => !Directory.Exists(directory)) is { } missing
            ? throw new FormatException($"there is no journal in {missing}: give --journal DIR")
            : directories;
    }

    private Func<Envelope, bool> WantedOf(ParseResult parsed)
    {
        var types = parsed.GetValue(_type) is { Length: > 0 } named ? named.ToHashSet(StringComparer.Ordinal) : null;
        if (types?.FirstOrDefault(one => !_types.Contains(one)) is { } unknown)
        {
            throw new FormatException($"--type: there is no event type {unknown}; known are {string.Join(", ", _types.Order(StringComparer.Ordinal))}");
        }

        // What is about all types shows those of newer versions too.
        var isAboutAll = _types.Count == EventNames.All.Count();
        var nodes = parsed.GetValue(_node) is { Length: > 0 } given ? given.ToHashSet(StringComparer.Ordinal) : null;
        var (since, until) = _shape is Shape.Whole or Shape.OneNode ? (null, null) : Window(parsed);
        return envelope => (isAboutAll || _types.Contains(envelope.Type))
            && types?.Contains(envelope.Type) is not false && nodes?.Contains(envelope.Node) is not false
            && !(envelope.At.Utc < since) && !(envelope.At.Utc > until);
    }

    private static DateTimeOffset? TimeOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not null && parsed.GetValue(option) is { } text ? TimeArgument.Required(text, option.Name) : null;

    /// <summary>Several journals as one, by their times; each keeps its own order.</summary>
    private static IEnumerable<JournalLine> Merge(IReadOnlyList<string> directories)
    {
        if (directories.Count == 1)
        {
            foreach (var line in Segment.Of(directories[0]).SelectMany(JournalReader.Lines))
            {
                yield return line;
            }

            yield break;
        }

        var next = new PriorityQueue<IEnumerator<JournalLine>, DateTimeOffset>();
        foreach (var directory in directories)
        {
            Advance(next, Segment.Of(directory).SelectMany(JournalReader.Lines).GetEnumerator());
        }

        while (next.TryDequeue(out var lines, out _))
        {
            yield return lines.Current;
            Advance(next, lines);
        }
    }

    private static void Advance(PriorityQueue<IEnumerator<JournalLine>, DateTimeOffset> next, IEnumerator<JournalLine> lines)
    {
        if (lines.MoveNext())
        {
            next.Enqueue(lines, lines.Current.Envelope?.At.Utc ?? DateTimeOffset.MinValue);
        }
        else
        {
            lines.Dispose();
        }
    }

    /// <summary>A damaged line is named and passed over.</summary>
    private static bool Say(JournalLine line)
    {
        if (line.Envelope is null)
        {
            Console.Error.WriteLine($"galeragate: {Path.GetFileName(line.Segment)} at byte {line.Start}: {line.Problem}");
        }

        return line.Envelope is not null;
    }
}
