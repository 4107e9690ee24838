using System.Text.RegularExpressions;
using GaleraGate.Daemon.Commands;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Tests.Documentation;

/// <summary>
/// Every command in README, CONTRIBUTING and docs works. The program itself parses its own commands, including values;
/// make has the target; any other program has a row that names who runs it. eng/newcomer.sh also runs the README and
/// docs/quick-start.md, line by line, in a clean Debian root.
/// </summary>
public sealed partial class DocumentedCommandTests
{
    private const string InTheRoot = "run by eng/newcomer.sh";
    private const string OnAnotherHost = "needs a host of its own";

    /// <summary>Programs that are not ours, and why no test of this project parses their arguments.</summary>
    private static readonly Dictionary<string, string> Foreign = new(StringComparer.Ordinal)
    {
        ["apt"] = InTheRoot,
        ["curl"] = "ControlTests asks the same paths with the same bodies",
        ["dnf"] = OnAnotherHost + ": eng/test-packages.sh installs the .rpm with rpm",
        ["dotnet"] = "builds and tests this project: CI does",
        ["install"] = InTheRoot,
        ["iptables"] = "BalancerTests and KnockTests make rules of this form",
        ["ln"] = "MysqlchkTests makes this link",
        ["mariadb"] = InTheRoot,
        ["mv"] = "renames a file",
        ["printf"] = InTheRoot,
        ["systemctl"] = "run by eng/newcomer.sh and eng/test-packages.sh, under a real systemd",
    };

    /// <summary>Options in code spans that belong to other programs.</summary>
    private static readonly string[] ForeignOptions =
        ["--config-test", "--ctorigdstport", "--noflush", "--reject-with"];

    [Fact]
    public void Every_block_names_its_language() =>
        MustBeNone(
            DocumentedCommands.Languages.Where(block => block.Language.Length == 0).Select(block => block.Where));

    [Fact]
    public void Every_command_in_a_block_is_valid() =>
        MustBeNone(
            from command in DocumentedCommands.InBlocks
            let wrong = WrongIn(command.Words)
            where wrong is not null
            select $"{command}: {wrong}");

    [Fact]
    public void Every_command_in_a_code_span_is_valid() =>
        MustBeNone(
            from span in DocumentedCommands.Spans
            where span.Text.StartsWith("galeragate ", StringComparison.Ordinal)
            where !Choice().IsMatch(span.Text) && !span.Text.Contains('…', StringComparison.Ordinal)
            from words in ShellWords.Commands(span.Text)
            let wrong = WrongIn(words)
            where wrong is not null && !IsMention(wrong)
            select $"{span.Where}: {span.Text}: {wrong}");

    [Fact]
    public void Every_option_in_a_code_span_is_one_of_this_program() =>
        MustBeNone(
            from span in DocumentedCommands.Spans
            where span.Text.StartsWith("--", StringComparison.Ordinal)
            from Match option in Option().Matches(span.Text)
            where !CommandProof.AllOptions.Contains(option.Value) && !ForeignOptions.Contains(option.Value)
            where !ScriptOptions.Help.Contains(option.Value, StringComparison.Ordinal)
            select $"{span.Where}: {option.Value}");

    [Fact]
    public void Every_example_in_the_help_is_valid() =>
        MustBeNone(
            from verb in CommandTree.Walk(Verbs.Create())
            from example in Examples.Of(verb)
            from words in ShellWords.Commands(example.Command)
            let wrong = WrongIn(words)
            where wrong is not null
            select $"{example.Command}: {wrong}");

    [Fact]
    public void Each_foreign_program_with_a_reason_is_in_a_document() =>
        MustBeNone(Foreign.Keys.Except(DocumentedCommands.InBlocks.Select(command => command.Words[0])));

    [Theory]
    [InlineData("status --frobnicate")]
    [InlineData("frobnicate")]
    [InlineData("audit")]
    [InlineData("run --rise 0")]
    [InlineData("run --gate-port 99999")]
    [InlineData("audit timeline --since teatime")]
    [InlineData("audit timeline --type GateOpenedd")]
    [InlineData("audit why teatime")]
    [InlineData("wait --for tea")]
    [InlineData("hold --reason x --drain soon")]
    [InlineData("fleet -o tea")]
    [InlineData("mysqlchk --tea")]
    public void A_wrong_command_is_found(string words) => Assert.NotNull(CommandProof.Wrong(words.Split(' ')));

    [Fact]
    public void The_ten_words_of_the_concepts_are_those_that_status_explains()
    {
        var page = File.ReadAllText(Path.Combine(DocumentedCommands.Repository, "docs/concepts.md"));
        var table = page.Split("| word | means |\n|---|---|\n")[1].Split("\n\n")[0].Split('\n');

        Assert.Equal(Legend.Words.Select(row => $"| {row.Word} | {row.Means} |"), table);
        Assert.Equal(10, table.Length);
    }

    /// <summary>A verb's name in a sentence need not be a complete command.</summary>
    private static bool IsMention(string wrong) => wrong.Contains(" is missing", StringComparison.Ordinal);

    private static void MustBeNone(IEnumerable<string> wrong)
    {
        var all = string.Join('\n', wrong);
        Assert.True(all.Length == 0, all);
    }

    private static string? WrongIn(string[] words) => words switch
    {
        ["galeragate", .. var own] => CommandProof.Wrong(own),
        [ScriptOptions.ScriptName, .. var script] => CommandProof.Wrong(["mysqlchk", .. script]),
        ["make", .. var targets] => targets.Where(target => !target.Contains('=', StringComparison.Ordinal))
            .Where(target => !Targets.Contains(target)).Select(target => $"no target {target}").FirstOrDefault(),
        [var program, ..] => Foreign.ContainsKey(program) ? null : $"{program} has no row in {nameof(Foreign)}",
        [] => null,
    };

    private static HashSet<string> Targets { get; } =
    [
        .. Target().Matches(File.ReadAllText(Path.Combine(DocumentedCommands.Repository, "Makefile")))
            .Select(target => target.Groups["name"].Value),
    ];

    [GeneratedRegex(@"^(?<name>[a-z-]+):", RegexOptions.Multiline)]
    private static partial Regex Target();

    [GeneratedRegex("--[a-z][a-z0-9-]*")]
    private static partial Regex Option();

    /// <summary>Alternatives such as plan|check|apply.</summary>
    [GeneratedRegex(@"[a-z]\|[a-z]")]
    private static partial Regex Choice();
}
