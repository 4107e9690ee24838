using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>A typing error gets a one-line answer that names it and, if that is clear, what was meant.</summary>
public sealed class TypingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-typing").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("statsu", "unknown command 'statsu'; did you mean status? See galeragate --help")]
    [InlineData("frobnicate", "unknown command 'frobnicate'. See galeragate --help")]
    [InlineData("audit evnets", "unknown command 'evnets'; did you mean events? See galeragate audit --help")]
    [InlineData("check --jsno", "unknown option --jsno; did you mean --json? See galeragate check --help")]
    [InlineData("audit events --journal /tmp --color=never",
        "unknown option --color=never. See galeragate audit events --help")]
    [InlineData("status extra", "unexpected argument 'extra'. See galeragate status --help")]
    [InlineData("audit why --journal /tmp", "SEQ|TIME is missing. See galeragate audit why --help")]
    [InlineData("check --host", "--host needs a value: H. See galeragate check --help")]
    [InlineData("doctor --peer-http 99999",
        "--peer-http takes a port from 1 to 65535, not '99999'. See galeragate doctor --help")]
    [InlineData("hold --reason r --if-others-open many",
        "--if-others-open takes a whole number of at most 2147483647, not 'many'. See galeragate hold --help")]
    public void A_typing_error_is_reported_in_one_line(string arguments, string line) =>
        Assert.Equal((2, "", $"galeragate: {line}\n"), Shell.Try(GateDaemon.Binary, arguments.Split(' ')));

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help audit why", "audit why --help")]
    [InlineData("audit help", "audit --help")]
    [InlineData("version", "--version")]
    public void Help_and_version_are_words_too(string words, string option)
    {
        var (exitCode, output, error) = Shell.Try(GateDaemon.Binary, words.Split(' '));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal(Shell.Run(GateDaemon.Binary, option.Split(' ')), output);
    }

    [Fact]
    public void An_option_with_many_values_leaves_the_command_its_argument()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();

        var (exitCode, output, _) = Shell.Try(GateDaemon.Binary, "audit", "why", "--journal", dry.Gate.Journal, "1");

        Assert.Equal(0, exitCode);
        Assert.Equal(Shell.Run(GateDaemon.Binary, "audit", "why", "1", "--journal", dry.Gate.Journal), output);
    }

    [Fact]
    public void A_word_that_begins_with_an_at_sign_is_an_ordinary_word()
    {
        using var dry = new DryDaemon();
        dry.AwaitOpen();

        Assert.Equal(0, dry.Gate.Ask("hold", "--reason", "@oncall: swap").ExitCode);
        Assert.Equal(
            "@oncall: swap", dry.Gate.Status().GetProperty("holds")[0].GetProperty("why").GetString());
        Assert.Equal(
            0,
            Shell.Try(GateDaemon.Binary, "audit", "events", "--journal", dry.Gate.Journal, "--since", "@1").ExitCode);
    }

    [Theory]
    [InlineData("rise = 3\nrise = 4", ":2: rise is already set at FILE:1; this line counts")]
    [InlineData("[mysqld]\nrise = 3", ":1: the only section is [galeragate], not [mysqld]")]
    [InlineData("rize = 3", ":1: there is no option 'rize'; did you mean rise?")]
    public void A_configuration_that_contradicts_itself_does_not_pass_the_check(string lines, string why)
    {
        var file = Path.Combine(_folder, "galeragate.conf");
        File.WriteAllText(file, lines + "\n");

        Assert.Equal(
            (2, "", $"galeragate: {file}{why.Replace("FILE", file, StringComparison.Ordinal)}\n"),
            Shell.Try(GateDaemon.Binary, "config", "check", file));
    }

    [Fact]
    public void A_mistyped_environment_variable_is_reported_and_others_are_ignored()
    {
        var (exitCode, _, error) = Shell.Try(
            "env", "GALERAGATE_RIZE=4", "GALERAGATE_OF_SOMEBODY=1", GateDaemon.Binary, "config");

        Assert.Equal(
            (0, "galeragate: GALERAGATE_RIZE is not an option and is ignored; did you mean GALERAGATE_RISE?\n"),
            (exitCode, error));
    }

    /// <summary>A broken configuration is exactly when an operator asks what is wrong with the host.</summary>
    [Fact]
    public void Doctor_checks_the_rest_when_a_file_is_unreadable_or_has_an_error()
    {
        var (file, credentials) = (Path.Combine(_folder, "galeragate.conf"), Path.Combine(_folder, "my.cnf"));
        File.WriteAllText(file, "rise = none\nfrobnicate = 1\n");
        File.WriteAllText(credentials, "[client\n");

        var (exitCode, output, _) = Shell.Try(
            GateDaemon.Binary, "doctor", "--config", file, "--defaults-extra-file", credentials);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{file}:2: there is no option 'frobnicate'", output, StringComparison.Ordinal);
        Assert.Contains($"{file}:1: rise", output, StringComparison.Ordinal);
        Assert.Contains($"{credentials}:1: a group's name ends with ]", output, StringComparison.Ordinal);
        Assert.Contains("hold-file", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("frobnicate")]
    [InlineData("config")]
    public void The_terminals_keypad_mode_is_never_switched_on(string arguments)
    {
        var typescript = Path.Combine(_folder, "typescript");

        _ = Shell.Try("script", "-qc", $"env TERM=xterm NO_COLOR=1 {GateDaemon.Binary} {arguments}", typescript);

        Assert.DoesNotContain("\e[?1h", File.ReadAllText(typescript), StringComparison.Ordinal);
        Assert.Contains("galeragate", File.ReadAllText(typescript), StringComparison.Ordinal);
    }
}
