using System.CommandLine;
using System.CommandLine.Parsing;
using GaleraGate.Daemon.Commands;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Tests.Documentation;

/// <summary>Checks a command line with the program's own parser and tables, without running it.</summary>
internal static class CommandProof
{
    /// <summary>What is wrong with the words after <c>galeragate</c>; null if they are correct.</summary>
    public static string? Wrong(string[] words)
    {
        try
        {
            if (words is ["mysqlchk", .. var script] && script is not ["--help"])
            {
                _ = ScriptOptions.Parse([.. script.Where(word => word != "OPTIONS")]);
                return null;
            }

            var parsed = CommandLine.Parse(Verbs.Create(), FleetCommand.Meant(words));
            return CommandLine.Wrong(parsed)
                ?? Results(parsed).Select(WrongValue).FirstOrDefault(wrong => wrong is not null)
                ?? WrongArgument(parsed);
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    /// <summary>Every option of every verb.</summary>
    public static IReadOnlySet<string> AllOptions { get; } =
        CommandTree.Walk(Verbs.Create())
            .SelectMany(command => command.Options)
            .SelectMany(option => option.Aliases.Append(option.Name))
            .ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<OptionResult> Results(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit);

    private static string? WrongValue(OptionResult given)
    {
        var option = given.Option;
        var row = CommandTree.RowOf(option);
        foreach (var value in given.Tokens.Select(token => token.Value).Where(value => !IsPlaceholder(value)))
        {
            var parts = row is { IsList: true } ? value.Split(',') : [value];
            var wrong = row is not null && row.Argument is not null
                ? parts.Select(part => row.Wrong(part) ?? WrongSetting(row, value))
                    .FirstOrDefault(one => one is not null)
                : WrongForm(option, value);
            if (wrong is not null)
            {
                return $"{option.Name}: {wrong}";
            }
        }

        return null;
    }

    private static string? WrongSetting(OptionRow row, string value)
    {
        _ = Policy.Create(new Dictionary<string, string> { [row.Name] = value });
        return null;
    }

    private static string? WrongForm(Option option, string value) => option.HelpName switch
    {
        "TIME" when option.Name is "--since" or "--until" => WrongTime(value),
        "TIME" => Duration.Parse(value) is null ? $"'{value}' is not a duration" : null,
        "TYPE" => EventNames.All.Contains(value, StringComparer.OrdinalIgnoreCase) ? null : $"no event '{value}'",
        "FORM" or "FORMAT" or "WHAT" => option.Description!.Contains(value, StringComparison.Ordinal)
            ? null
            : $"'{value}' is not one of: {option.Description}",
        _ => null,
    };

    private static string? WrongArgument(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(result => result.Tokens.Select(token => (result.Argument.Name, token.Value)))
            .Where(given => !IsPlaceholder(given.Value))
            .Select(given => given.Name switch
            {
                "TIME" => WrongTime(given.Value),
                "SEQ|TIME" => long.TryParse(given.Value, out _) ? null : WrongTime(given.Value),
                _ => null,
            })
            .FirstOrDefault(wrong => wrong is not null);

    private static string? WrongTime(string value) =>
        TimeArgument.Parse(value, DateTimeOffset.Now) is null ? $"'{value}' is not a time" : null;

    /// <summary>Placeholders such as TIME and HOST:PORT.</summary>
    private static bool IsPlaceholder(string value) => value.All(c => char.IsAsciiLetterUpper(c) || c is ':' or '|');
}
