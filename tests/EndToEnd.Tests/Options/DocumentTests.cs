using System.Text.RegularExpressions;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>
/// The documents match what the tables generate, every example in the help can be parsed, and shells complete what
/// exists.
/// </summary>
public sealed partial class DocumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-docs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string ManualFolder => Path.Combine(Repository.Root, "docs", "man");

    [Fact]
    public void The_options_page_is_up_to_date() =>
        Assert.Equal(
            Shell.Run(GateDaemon.Binary, ["document", "options.md"]),
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "options.md")));

    [Fact]
    public void The_manual_pages_are_up_to_date_and_there_are_no_others()
    {
        var names = Shell.Run(GateDaemon.Binary, ["document", "manuals"]).TrimEnd().Split('\n');

        Assert.Equal(
            names.Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(ManualFolder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            Verbs("").Where(verb => verb.Length > 0 && !verb.Contains(' ', StringComparison.Ordinal))
                .Select(verb => $"galeragate-{verb}.8")
                .Prepend("galeragate.8"),
            names);
        foreach (var name in names)
        {
            Assert.Equal(
                Shell.Run(GateDaemon.Binary, ["document", name]), File.ReadAllText(Path.Combine(ManualFolder, name)));
        }
    }

    [Fact]
    public void The_manual_pages_are_well_formed()
    {
        var (exitCode, output, _) = Shell.Try(
            "mandoc", ["-T", "lint", "-W", "style", .. Directory.EnumerateFiles(ManualFolder)]);

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Every_verb_has_help_with_examples_that_name_existing_options()
    {
        foreach (var verb in Verbs(""))
        {
            var help = Shell.Run(
                GateDaemon.Binary, [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            var examples = help.Split("Examples:\n")[1]
                .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.NotEmpty(examples);
            foreach (var example in examples.Select(line => line.Split("   #")[0]))
            {
                // With --help at the end, an example is parsed and does nothing.
                var (exitCode, _, error) = Shell.Try(
                    "sh",
                    ["-c", $"PATH={Path.GetDirectoryName(GateDaemon.Binary)}:$PATH; {example.Split(" > ")[0]} --help"]);
                Assert.True(exitCode == 0, $"{example}: {error}");
            }
        }
    }

    [Theory]
    [InlineData("", "status")]
    [InlineData("audit ", "timeline")]
    [InlineData("audit timeline --ty", "--type")]
    [InlineData("audit timeline --type GateClosed GateOp", "")]
    [InlineData("audit events --type GateClo", "GateClosed")]
    [InlineData("status --wa", "--watch")]
    [InlineData("run --gate-port ", "")]
    [InlineData("run --journal /et", "/etc")]
    [InlineData("run --config /etc/passw", "/etc/passwd")]
    [InlineData("completion ", "zsh")]
    [InlineData("config check /etc/hostn", "/etc/hostname")]
    public void Bash_and_fish_complete(string typed, string offered)
    {
        File.WriteAllText(Path.Combine(_folder, "c"), Shell.Run(GateDaemon.Binary, ["completion", "bash"]));
        var bash = Shell.Run("bash", ["-c", $$"""
            . {{_folder}}/c
            COMP_WORDS=(galeragate {{typed}}{{(typed.EndsWith(' ') || typed.Length == 0 ? " ''" : "")}})
            COMP_CWORD=$((${#COMP_WORDS[@]}-1)); COMPREPLY=()
            _galeragate; printf '%s\n' "${COMPREPLY[@]}"
            """]);
        MustOffer(bash.Split('\n'), offered);

        File.WriteAllText(Path.Combine(_folder, "c.fish"), Shell.Run(GateDaemon.Binary, ["completion", "fish"]));
        var fish = Shell.Run(
            "env", [$"HOME={_folder}", "fish", "-c", $"source {_folder}/c.fish; complete -C 'galeragate {typed}'"]);
        MustOffer([.. fish.Split('\n').Select(line => line.Split('\t')[0].TrimEnd('/'))], offered);
    }

    [Theory]
    [InlineData("galeragate sta", "galeragate status")]
    [InlineData("galeragate audit timel", "galeragate audit timeline")]
    [InlineData("galeragate status --wat", "galeragate status --watch")]
    [InlineData("galeragate audit events --type GateAdo", "galeragate audit events --type GateAdopted")]
    public void Zsh_completes(string typed, string completed)
    {
        File.WriteAllText(Path.Combine(_folder, "_galeragate"), Shell.Run(GateDaemon.Binary, ["completion", "zsh"]));
        using var screen = new Tmux("env", $"HOME={_folder}", "PS1=ready>", "zsh", "-f", "-i");
        screen.Await("ready>");
        screen.Type($"fpath=({_folder} $fpath); autoload -Uz compinit; compinit -u -d {_folder}/dump; clear\n");
        screen.Await(text => text.Trim() == "ready>");
        screen.Type(typed + "\t");
        screen.Await(text => text.Contains(completed, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_nodes_complete_from_the_configuration_and_the_journal()
    {
        using var dry = new DryDaemon("--node", "db1");
        dry.AwaitOpen();
        string[] known =
        [
            $"HOME={_folder}",
            $"PATH={Path.GetDirectoryName(GateDaemon.Binary)}:{Environment.GetEnvironmentVariable("PATH")}",
            "GALERAGATE_PEERS=db2,db3:3309,10.0.0.0/24",
            $"GALERAGATE_JOURNAL={dry.Gate.Journal}",
        ];
        foreach (var shell in new[] { "bash", "fish", "zsh" })
        {
            File.WriteAllText(
                Path.Combine(_folder, shell == "zsh" ? "_galeragate" : shell),
                Shell.Run(GateDaemon.Binary, ["completion", shell]));
        }

        Assert.Equal("db1\ndb2\ndb3\n", Shell.Run("env", [.. known, "galeragate", "completion", "nodes"]));
        const string Bash = "COMP_WORDS=(galeragate audit timeline --node ''); COMP_CWORD=4; _galeragate; "
            + "echo ${COMPREPLY[@]}";
        Assert.Equal("db1 db2 db3\n", Shell.Run("env", [.. known, "bash", "-c", $". {_folder}/bash; {Bash}"]));
        const string Fish = "complete -C 'galeragate doctor --from d'";
        var fish = Shell.Run("env", [.. known, "fish", "-c", $"source {_folder}/fish; {Fish}"]);
        Assert.Equal(["db1", "db2", "db3"], fish.TrimEnd().Split('\n').Select(line => line.Split('\t')[0]));

        using var screen = new Tmux(["env", .. known, "PS1=ready>", "zsh", "-f", "-i"]);
        screen.Await("ready>");
        screen.Type($"fpath=({_folder} $fpath); autoload -Uz compinit; compinit -u -d {_folder}/dump; clear\n");
        screen.Await(text => text.Trim() == "ready>");
        // First their common prefix, then each one.
        screen.Type("galeragate audit timeline --node \t");
        screen.Await("--node db");
        screen.Type("\t");
        screen.Await("db3");
        Assert.Contains("db1", screen.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void Completion_is_silent_when_no_node_is_known() => Assert.Equal(
        (0, "", ""),
        Shell.Try("env", "GALERAGATE_JOURNAL=/does/not/exist", GateDaemon.Binary, "completion", "nodes"));

    /// <summary>The verbs below a verb, as its help lists them, and the verb itself.</summary>
    private static IEnumerable<string> Verbs(string verb)
    {
        var help = Shell.Run(GateDaemon.Binary, [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        var listed = help.Contains("\nCommands:\n", StringComparison.Ordinal)
            ? help.Split("\nCommands:\n")[1].Split("\n\n")[0]
            : "";
        return Listed()
            .Matches(listed)
            .SelectMany(name => Verbs($"{verb} {name.Groups[1].Value}".Trim()))
            .Prepend(verb);
    }

    private static void MustOffer(string[] offers, string offered)
    {
        if (offered.Length == 0)
        {
            Assert.DoesNotContain(offers, offer => offer.StartsWith('-') || offer == "status");
        }
        else
        {
            Assert.Contains(offered, offers);
        }
    }

    [GeneratedRegex(@"^  ([a-z-]+) ", RegexOptions.Multiline)]
    private static partial Regex Listed();
}
