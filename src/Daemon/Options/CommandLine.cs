using System.CommandLine;
using System.CommandLine.Parsing;

namespace GaleraGate.Daemon.Options;

/// <summary>Parses the command line and describes an error in one line.</summary>
internal static class CommandLine
{
    private const string Help = "--help";

    /// <summary>A word that begins with @ is an ordinary word, because a reason or a time may begin with it.</summary>
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    public static ParseResult Parse(RootCommand root, string[] words)
    {
        var parsed = root.Parse([.. Usual(words)], Plain);
        if (parsed.Errors.Count == 0)
        {
            return parsed;
        }

        // As in: audit help.
        if (words is [.. var before, "help"] && root.Parse([.. before, Help], Plain) is { Errors.Count: 0 } help)
        {
            return help;
        }

        return Freed(parsed, words)
            .Select(freed => root.Parse(freed, Plain))
            .FirstOrDefault(one => one.Errors.Count == 0, parsed);
    }

    /// <summary>The error; null if none.</summary>
    public static string? Wrong(ParseResult parsed)
    {
        var what = Swallowed(parsed) is { } option ? Unknown(parsed.CommandResult.Command, option)
            : parsed.Errors.Count == 0 ? null
            : parsed.UnmatchedTokens is [var first, ..] unknown ? Unknown(
                parsed.CommandResult.Command, unknown.FirstOrDefault(word => word.StartsWith('-'), first))
            : Sentence(parsed.Errors[0], parsed.CommandResult.Command);
        var end = what?.EndsWith('?') == true ? "" : ".";
        return what is null ? null : $"{what}{end} See galeragate {Path(parsed.CommandResult.Command)}{Help}";
    }

    /// <summary>Supports help COMMAND and version, as other programs do.</summary>
    private static string[] Usual(string[] words) => words switch
    {
        ["help", .. var command] => [.. command, Help],
        ["version"] => ["--version"],
        _ => words,
    };

    /// <summary>
    /// An option with many values consumes every following word, including the command's own arguments. This moves the
    /// last words before the option, which returns them to the command.
    /// </summary>
    private static IEnumerable<string[]> Freed(ParseResult parsed, string[] words)
    {
        if (Many(parsed).LastOrDefault(result => result.Tokens.Count > 1) is not { } greedy)
        {
            yield break;
        }

        var end = Array.LastIndexOf(words, greedy.Tokens[^1].Value) + 1;
        var option = end == 0 ? -1 : Array.FindLastIndex(words, end - 1, word => word.StartsWith('-'));
        for (var count = 1; option >= 0 && count <= parsed.CommandResult.Command.Arguments.Count; count++)
        {
            var begin = end - count;
            yield return [.. words[..option], .. words[begin..end], .. words[option..begin], .. words[end..]];
        }
    }

    /// <summary>An option that was consumed as a value of the one before it.</summary>
    private static string? Swallowed(ParseResult parsed) =>
        Many(parsed)
            .SelectMany(result => result.Tokens)
            .Select(token => token.Value)
            .FirstOrDefault(value => value.StartsWith("--", StringComparison.Ordinal));

    private static IEnumerable<OptionResult> Many(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<OptionResult>().Where(result => result.Option is Option<string[]>);

    private static string Unknown(Command command, string word)
    {
        if (word.StartsWith('-'))
        {
            var names = CommandTree.OptionsOf(command).SelectMany(option => option.Aliases.Prepend(option.Name));
            return $"unknown option {word}{Nearest.Hint(word.Split('=')[0], names)}";
        }

        var commands = command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name).ToList();
        return commands.Count == 0
            ? $"unexpected argument '{word}'"
            : $"unknown command '{word}'{Nearest.Hint(word, commands)}";
    }

    private static string Sentence(ParseError error, Command command) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0 } result when !result.Option.Required =>
            $"{result.Option.Name} needs a value: {result.Option.HelpName ?? "VALUE"}",
        OptionResult { Tokens: [.., var given] } result when Kind(result.Option.ValueType) is { } kind =>
            $"{result.Option.Name} takes {kind}, not '{given.Value}'",
        ArgumentResult { Tokens.Count: 0 } result => $"{result.Argument.Name} is missing",
        CommandResult { Command.Subcommands.Count: > 0 } => $"a command is missing: {Choices(command)}",
        _ => error.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };

    private static string Choices(Command command) =>
        string.Join(", ", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name));

    private static string? Kind(Type type) =>
        type == typeof(int) ? $"a whole number of at most {int.MaxValue}"
        : type == typeof(ushort) ? "a port from 1 to 65535"
        : null;

    private static string Path(Command command) =>
        command is RootCommand ? "" : $"{Examples.NameOf(command)} ";
}
