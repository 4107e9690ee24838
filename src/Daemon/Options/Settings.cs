using System.CommandLine;
using System.Globalization;
using GaleraGate.Domain;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// A value in force and its source: an option, an environment variable, a line of a file, or the default.
/// </summary>
internal readonly record struct OptionValue(string Text, string Source)
{
    public const string DefaultSource = "default";
}

/// <summary>
/// The options of one command, built from rows of the table, and the values in force: the command line first, then the
/// environment, then the configuration file, then the default.
/// </summary>
internal sealed class Settings
{
    private readonly List<(OptionRow Row, Option Option)> _options;
    private readonly Option<string> _config;
    private readonly Option<string> _instance;
    private readonly Dictionary<string, OptionValue> _values;

    private Settings(
        List<(OptionRow Row, Option Option)> options,
        Option<string> config,
        Option<string> instance,
        Dictionary<string, OptionValue> values
    ) => (_options, _config, _instance, _values) = (options, config, instance, values);

    /// <summary>Adds the options of these rows, and --config and --instance, to a command.</summary>
    public static Settings For(Command command, params IEnumerable<OptionRow>[] rows)
    {
        var config = new Option<string>("--config")
        {
            Description =
                $"configuration file, and conf.d/*.conf beside it [default: {ConfigFile.DefaultPath}, if it is there]",
            HelpName = "FILE",
        };
        var instance = new Option<string>("--instance")
        {
            Description = InstanceHelp,
            HelpName = "NAME",
        };
        var settings = new Settings([], config, instance, []);
        foreach (var row in rows.SelectMany(group => group))
        {
            var help =
                row.Help + (row.Default.Length > 0 && row.Argument is not null ? $" [default: {row.Default}]" : "");
            Option option = row switch
            {
                { Argument: null } => new Option<bool>("--" + row.Name) { Description = help },
                { IsList: true } => new Option<string[]>("--" + row.Name)
                {
                    Description = help,
                    HelpName = row.Argument,
                    AllowMultipleArgumentsPerToken = true,
                },
                _ => new Option<string>("--" + row.Name) { Description = help, HelpName = row.Argument },
            };
            settings._options.Add((row, option));
            command.Options.Add(option);
        }

        command.Options.Add(settings._config);
        command.Options.Add(settings._instance);
        return settings;
    }

    /// <summary>The values in force, in the order of the table.</summary>
    public IEnumerable<(OptionRow Row, OptionValue Value)> Values =>
        _options.Select(entry => (entry.Row, _values[entry.Row.Name]));

    /// <summary>The settings with the values in force now, validated.</summary>
    /// <exception cref="FormatException">A value is not valid; the message is one line for people and names the
    /// source.</exception>
    /// <param name="wrong">Called with one line for each invalid value, and the default is used; if null, the first one
    /// throws.</param>
    public Settings With(ParseResult given, Action<string>? wrong = null)
    {
        WarnOfVariables();
        var instance = given.GetValue(_instance) ?? Environment.GetEnvironmentVariable(InstanceVariable);
        if (instance is not null && OptionValues.NodeName(instance) is { } noName)
        {
            throw new FormatException($"--instance: {noName}");
        }

        var named = given.GetValue(_config) ?? (instance is null ? null : ConfigFile.PathOf(instance));
        var file = named is null && !File.Exists(ConfigFile.DefaultPath)
            ? new Dictionary<string, (string Value, string Where)>()
            : ConfigFile.Read(named ?? ConfigFile.DefaultPath, wrong, ServerAddress.Warn);
        var values = new Dictionary<string, OptionValue>();
        foreach (var (row, option) in _options)
        {
            var value = GivenValue(given, row, option) is { } typed ? new OptionValue(typed, "--" + row.Name)
                : Environment.GetEnvironmentVariable(row.Variable) is { } variable
                    ? new OptionValue(variable, row.Variable)
                : file.TryGetValue(row.Name, out var line) ? new OptionValue(line.Value, line.Where)
                : new OptionValue(row.DefaultOf(instance), OptionValue.DefaultSource);
            foreach (var part in row.IsList ? Split(value.Text) : [value.Text])
            {
                if (row.Wrong(part) is { } why)
                {
                    var sentence = $"{value.Source}: {(value.Source == "--" + row.Name ? "" : row.Name + ": ")}{why}";
                    (wrong ?? (text => throw new FormatException(text)))(sentence);
                    value = new OptionValue(row.DefaultOf(instance), OptionValue.DefaultSource);
                    break;
                }
            }

            values[row.Name] = wrong is null ? value : Usable(row, value, wrong);
        }

        return new Settings(_options, _config, _instance, values);
    }

    public string Text(string name) => _values[name].Text;

    public const int OfTheCommandLine = 3;

    /// <summary>The help text of --instance.</summary>
    public static string InstanceHelp { get; } =
        $"one of several gates of this host: its configuration is {ConfigFile.PathOf("NAME")} and NAME.d/*.conf, its "
        + $"journal by default {OptionTable.Journal.DefaultOf("NAME")}";

    private const string InstanceVariable = "GALERAGATE_INSTANCE";

    /// <summary>
    /// The strength of an option's source: 3 the command line, 2 the environment, 1 a file, 0 the default.
    /// </summary>
    public int Strength(string name) => _values[name].Source switch
    {
        OptionValue.DefaultSource => 0,
        var source when source.StartsWith("--", StringComparison.Ordinal) => OfTheCommandLine,
        var source when source.StartsWith("GALERAGATE_", StringComparison.Ordinal) => 2,
        _ => 1,
    };

    /// <summary>The configuration file that sets an option; null if it has another source.</summary>
    public string? FileOf(string name) =>
        Strength(name) == 1 ? _values[name].Source[.._values[name].Source.LastIndexOf(':')] : null;

    public bool Flag(string name) => Text(name) == "true";

    public TimeSpan Time(string name) => Duration.Parse(Text(name))!.Value;

    public ushort Port(string name) => ushort.Parse(Text(name), CultureInfo.InvariantCulture);

    public IReadOnlyList<string> List(string name) => Split(Text(name));

    /// <exception cref="FormatException">A value is not valid.</exception>
    public Policy Policy() =>
        Domain.Gate.Policy.Create(OptionTable.Policy.ToDictionary(row => row.Name, row => Text(row.Name)));

    /// <summary>The value, or the default if it is a policy setting that cannot be read.</summary>
    private static OptionValue Usable(OptionRow row, OptionValue value, Action<string> wrong)
    {
        try
        {
            _ = Domain.Gate.Policy.Create(new Dictionary<string, string> { [row.Name] = value.Text });
            return value;
        }
        catch (FormatException e)
        {
            wrong($"{value.Source}: {e.Message}");
            return new OptionValue(row.Default, OptionValue.DefaultSource);
        }
    }

    /// <summary>
    /// Warns about a variable that looks like a mistyped option. Other variables may belong to other programs.
    /// </summary>
    private static void WarnOfVariables()
    {
        if (_hasWarned)
        {
            return;
        }

        _hasWarned = true;
        var known = OptionTable.All.Select(row => row.Variable).Append(InstanceVariable).ToHashSet();
        foreach (string name in Environment.GetEnvironmentVariables().Keys)
        {
            if (name.StartsWith("GALERAGATE_", StringComparison.Ordinal)
                && !known.Contains(name)
                && Nearest.To(name, known) is { } meant)
            {
                ServerAddress.Warn($"{name} is not an option and is ignored; did you mean {meant}?");
            }
        }
    }

    private static bool _hasWarned;

    private static string? GivenValue(ParseResult given, OptionRow row, Option option) =>
        given.GetResult(option) is not { Implicit: false }
        ? null
        : option switch
        {
            Option<bool> flag => given.GetValue(flag) ? "true" : "false",
            Option<string[]> list => string.Join(',', given.GetValue(list) ?? []),
            Option<string> text => given.GetValue(text) ?? row.Default,
            _ => throw new System.Diagnostics.UnreachableException($"--{row.Name} is of no kind that is known"),
        };

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
