using System.CommandLine;
using System.Globalization;
using GaleraGate.Domain;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Options;

/// <summary>The options of one command, made from rows of the table, and the values that they were given.</summary>
internal sealed class Settings
{
    private readonly List<(OptionRow Row, Option Option)> _options = [];
    private ParseResult? _given;

    /// <summary>Gives a command the options of these rows.</summary>
    public static Settings For(Command command, params IEnumerable<OptionRow>[] rows)
    {
        var settings = new Settings();
        foreach (var row in rows.SelectMany(group => group))
        {
            var help = row.Help + (row.Default.Length > 0 && row.Argument is not null ? $" [default: {row.Default}]" : "");
            Option option = row switch
            {
                { Argument: null } => new Option<bool>("--" + row.Name) { Description = help },
                { IsList: true } => new Option<string[]>("--" + row.Name) { Description = help, HelpName = row.Argument, AllowMultipleArgumentsPerToken = true },
                _ => new Option<string>("--" + row.Name) { Description = help, HelpName = row.Argument },
            };
            settings._options.Add((row, option));
            command.Options.Add(option);
        }

        return settings;
    }

    /// <summary>Takes what was given and checks it.</summary>
    /// <exception cref="FormatException">A value is wrong; the message is one line for people.</exception>
    public Settings With(ParseResult given)
    {
        _given = given;
        foreach (var (row, _) in _options)
        {
            foreach (var value in row.IsList ? List(row.Name) : Text(row.Name) is { Length: > 0 } text ? [text] : [])
            {
                if (row.Check?.Invoke(value) is { } wrong)
                {
                    throw new FormatException($"--{row.Name}: {wrong}");
                }
            }
        }

        return this;
    }

    public string Text(string name) => Find(name) switch
    {
        ({ Argument: null } row, Option<bool> option) => _given!.GetValue(option) || row.Default == "true" ? "true" : "false",
        (var row, Option<string> option) => _given!.GetValue(option) ?? row.Default,
        var (row, _) => throw new InvalidOperationException($"--{row.Name} is a list"),
    };

    public bool IsGiven(string name) => _given!.GetResult(Find(name).Option) is { Implicit: false };

    public bool Flag(string name) => Text(name) == "true";

    public TimeSpan Time(string name) => Duration.Parse(Text(name))!.Value;

    public ushort Port(string name) => ushort.Parse(Text(name), CultureInfo.InvariantCulture);

    public IReadOnlyList<string> List(string name) =>
    [
        .. (_given!.GetValue((Option<string[]>)Find(name).Option) ?? [])
            .SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    ];

    /// <exception cref="FormatException">A value is wrong.</exception>
    public Policy Policy() => Domain.Gate.Policy.Create(OptionTable.Policy.ToDictionary(row => row.Name, row => Text(row.Name)));

    private (OptionRow Row, Option Option) Find(string name) => _options.First(entry => entry.Row.Name == name);
}
