using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>The options common to the audit readings: which events to read, and the output form.</summary>
/// <param name="types">The event types that the reading is about.</param>
internal sealed class AuditOptions(IEnumerable<string> types, AuditScope scope)
{
    private FormOption? _form;

    private readonly HashSet<string> _types = types.ToHashSet(StringComparer.Ordinal);
    private readonly Option<string?> _since = new("--since")
    {
        Description = "not before this time: ISO 8601, 03:14, yesterday, -2h, \"2 hours ago\"",
        HelpName = "TIME",
    };
    private readonly Option<string?> _until = new("--until") { Description = "not after this time", HelpName = "TIME" };
    private readonly Option<string[]> _type = new("--type")
    {
        Description = "only events of these types",
        HelpName = "TYPE",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string[]> _node = new("--node")
    {
        Description = "only events of these nodes",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<bool> _utc = new("--utc") { Description = "times in UTC; without it in this host's zone" };
    private readonly Option<bool> _json = new("--json") { Description = "one JSON object a line; times are UTC" };
    private readonly Option<bool> _follow = new("--follow", "-f")
    {
        Description = "go on with what is recorded from now on, until Ctrl-C",
    };

    public AuditScope Scope => scope;

    /// <summary>Adds the options that fit the scope to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] options = scope switch
        {
            AuditScope.Filtered => [_since, _until, _type, _node],
            AuditScope.Followed => [_since, _until, _type, _node, _follow],
            AuditScope.Whole => command.Arguments.Count > 0 ? [_node] : [_since, _until, _node],
            AuditScope.OneNode => [_node],
            AuditScope.Page => [_since, _until, _node],
        };
        foreach (var option in options.Concat(scope == AuditScope.Page ? [] : [_utc, _json]))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Adds the option for the output form to a command that prints rows.</summary>
    /// <param name="name">What identifies a row.</param>
    public void AddFormTo(Command command, string name)
    {
        _form = new FormOption(_json, name);
        _form.AddTo(command);
    }

    public AuditFormat FormatOf(ParseResult parsed) => new(
        _form?.Of(parsed) ?? (parsed.GetValue(_json) ? OutputForm.Json : OutputForm.Table), parsed.GetValue(_utc));

    public bool Follows(ParseResult parsed) => parsed.GetValue(_follow);

    /// <summary>The nodes given; empty for all.</summary>
    public IReadOnlyList<string> Named(ParseResult parsed) => parsed.GetValue(_node) ?? [];

    /// <summary>The types given, case-insensitive and split at commas; empty for all.</summary>
    public IReadOnlyList<string> NamedTypes(ParseResult parsed) =>
    [
        .. (parsed.GetValue(_type) ?? [])
            .SelectMany(value => value.Split(',', Trimmed))
            .Select(name => _types.FirstOrDefault(type => IsSame(type, name)) ?? name),
    ];

    /// <summary>A filter for the events of the given nodes.</summary>
    public Func<Envelope, bool> NodesOf(ParseResult parsed)
    {
        var named = Named(parsed).ToHashSet(StringComparer.Ordinal);
        return named.Count == 0 ? _ => true : envelope => named.Contains(envelope.Node);
    }

    /// <summary>The period given, for readings that read more than that period.</summary>
    /// <exception cref="FormatException">It ends before it begins.</exception>
    public (DateTimeOffset? Since, DateTimeOffset? Until) Window(ParseResult parsed)
    {
        var (since, until) = (TimeOf(parsed, _since), TimeOf(parsed, _until));
        return !(since > until)
            ? (since, until)
            : throw new FormatException(
                $"--since {parsed.GetValue(_since)} is after --until {parsed.GetValue(_until)}: give it the other way "
                + "round");
    }

    public JournalFilter FilterOf(ParseResult parsed)
    {
        var types = NamedTypes(parsed) is { Count: > 0 } named ? named.ToHashSet(StringComparer.Ordinal) : null;
        if (types?.FirstOrDefault(one => !_types.Contains(one)) is { } unknown)
        {
            throw new FormatException(
                $"--type: there is no event type {unknown}; known are "
                + $"{string.Join(", ", _types.Order(StringComparer.Ordinal))}");
        }

        var (since, until) = scope is AuditScope.Whole or AuditScope.OneNode ? (null, null) : Window(parsed);
        // A reading of all types includes types of newer versions.
        return new JournalFilter
        {
            Since = since,
            Until = until,
            Types = types ?? (_types.Count == EventNames.All.Count() ? null : _types),
        };
    }

    private const StringSplitOptions Trimmed = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private static bool IsSame(string type, string name) => type.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset? TimeOf(ParseResult parsed, Option<string?> option) =>
        parsed.GetResult(option) is not null && parsed.GetValue(option) is { } text
            ? TimeArgument.Required(text, option.Name)
            : null;
}
