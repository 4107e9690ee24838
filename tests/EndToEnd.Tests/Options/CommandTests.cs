using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>The commands that need no daemon.</summary>
public sealed class CommandTests : IDisposable
{
    private const string Healthy = """
        {"wsrep_local_state": "4", "wsrep_cluster_status": "Primary", "wsrep_ready": "ON", "wsrep_connected": "ON",
        "wsrep_on": "ON", "read_only": "OFF"}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-cli").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Check_judges_a_captured_observation_and_its_exit_code_says_how()
    {
        Assert.Equal(
            (0, """{"verdict":"fit","reason":"synced","reasons":[],"nodeState":"Synced"}"""), Check(Healthy, "--json"));
        Assert.Equal(
            (1, """{"verdict":"unfit","reason":"joined","reasons":["joined","read-only"],"""
                + "\"pace\":\"immediate\",\"nodeState\":\"Joined\"}"),
            Check(
                Healthy
                    .Replace("\"4\"", "\"3\"", StringComparison.Ordinal)
                    .Replace("OFF", "NO_LOCK", StringComparison.Ordinal),
                "--json"));
        Assert.Equal(
            (0, """{"verdict":"fit","reason":"synced","reasons":[],"nodeState":"Synced"}"""),
            Check(Healthy.Replace("OFF", "ON", StringComparison.Ordinal), "--json", "--available-when-read-only"));
        Assert.Equal(
            (1, """{"verdict":"unfit","reason":"timeout","reasons":["timeout"],"""
                + "\"pace\":\"debounced\",\"nodeState\":\"Unknown\"}"),
            Check("""{"error": "timeout"}""", "--json"));
        Assert.Equal((0, "fit: synced (node Synced)"), Check(Healthy));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"error": "tired"}""")]
    [InlineData("")]
    public void Check_refuses_input_that_is_not_an_observation(string text) => Assert.Equal(2, Check(text).ExitCode);

    [Theory]
    [InlineData("", 0, "GALERA OK - fit: synced, node Synced, cluster size 3 | probe=")]
    [InlineData("read_only", 2, "GALERA CRITICAL - unfit: read-only, node Synced, cluster size 3 | probe=")]
    [InlineData("access-denied", 3, "GALERA UNKNOWN - unfit: access-denied, node Unknown | probe=")]
    [InlineData("not json", 3, "GALERA UNKNOWN - ")]
    [InlineData("--rise 0", 3, "GALERA UNKNOWN - ")]
    [InlineData("--frobnicate", 3, "GALERA UNKNOWN - ")]
    public void Check_prints_what_Nagios_expects(string what, int expected, string begins)
    {
        var healthy = Healthy.Replace(
            "}", ", \"wsrep_cluster_size\": \"3\", \"Uptime\": \"7\"}", StringComparison.Ordinal);
        var (exitCode, output) = what switch
        {
            "read_only" => Check(healthy.Replace("OFF", "ON", StringComparison.Ordinal), "--nagios"),
            "access-denied" => Check("""{"error": "access-denied"}""", "--nagios"),
            "not json" => Check("{", "--nagios"),
            _ => Check(healthy, ["--nagios", .. what.Split(' ', StringSplitOptions.RemoveEmptyEntries)]),
        };

        Assert.Equal(expected, exitCode);
        Assert.StartsWith(begins, Assert.Single(output.Split('\n')), StringComparison.Ordinal);
        Assert.True(
            expected != 0 || output.EndsWith("cluster_size=3;;;0 uptime=7s;;;0", StringComparison.Ordinal), output);
    }

    [Fact]
    public void Check_of_a_missing_file_is_bad_usage() =>
        Assert.Equal(2, Shell.Try(GateDaemon.Binary, ["check", "--input", "/no/such/file"]).ExitCode);

    [Fact]
    public void What_if_prints_each_gate_change_of_captured_observations_as_JSON()
    {
        var capture = Path.Combine(_folder, "capture.jsonl");
        var lines = Enumerable.Range(0, 40).Select(i => i is > 10 and < 20
            ? $$"""{"at": "2026-11-21T03:14:{{i:00}}.5Z", "error": "refused"}"""
            : $$"""{"at": "2026-11-21T03:14:{{i:00}}.5Z", "variables": {{Healthy.ReplaceLineEndings(" ")}}}""");
        File.WriteAllLines(capture, lines);

        var (exitCode, output, _) = Shell.Try(GateDaemon.Binary, ["audit", "what-if", "--observations", capture]);

        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                """{"at":"2026-11-21T03:14:02.500000Z","gate":"open","reason":"synced"}""",
                """{"at":"2026-11-21T03:14:11.500000Z","gate":"closed","reason":"unreachable"}""",
                """{"at":"2026-11-21T03:14:22.500000Z","gate":"open","reason":"synced"}""",
            ],
            output.TrimEnd().Split('\n'));
        Assert.Equal(
            4,
            Shell
                .Try(
                    GateDaemon.Binary,
                    [
                        "audit",
                        "what-if",
                        "--observations",
                        capture,
                        "--rise",
                        "2",
                        "--open-after",
                        "9s",
                        "--open-after-max",
                        "12s",
                    ])
                .Output.Split('\n')
                .Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("audit")]
    [InlineData("frobnicate")]
    [InlineData("audit events --journal /no/such/journal")]
    [InlineData("audit events --since teatime")]
    [InlineData("audit what-if --observations /no/such/file")]
    [InlineData("firewall purge --gate-port 0")]
    public void Bad_usage_gives_exit_code_2(string arguments)
    {
        var (exitCode, _, error) = Shell.Try(
            GateDaemon.Binary, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(2, exitCode);
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("--host 127.0.0.1 --port 1 --socket /no/such/socket", "", 2)]
    [InlineData("--host 127.0.0.1 --port 1", "GALERAGATE_SOCKET=/no/such/socket", 1)]
    [InlineData("--socket /no/such/socket", "GALERAGATE_HOST=no.such.host.invalid", 1)]
    public void Of_host_and_socket_the_stronger_source_counts_and_a_tie_is_refused(
        string arguments,
        string variable,
        int exitCode
    ) =>
        Assert.Equal(
        exitCode,
        Shell
            .Try(
                "env",
                [
                    .. variable.Length > 0 ? [variable] : Array.Empty<string>(),
                    GateDaemon.Binary,
                    "check",
                    .. arguments.Split(' '),
                ])
            .ExitCode);

    [Fact]
    public void The_version_names_each_package_and_its_version()
    {
        var (exitCode, output, _) = Shell.Try(GateDaemon.Binary, ["--version"]);

        Assert.Equal(0, exitCode);
        string[] packages = ["CliWrap", "Marten", "MySqlConnector", "Npgsql", "Stateless", "System.CommandLine"];
        var pinned = Pinned();
        Assert.Matches(@"^galeragate \d+\.\d+\.\d+\n", output);
        Assert.Equal(packages.Select(name => $"  {name} {pinned[name]}"), output.TrimEnd('\n').Split('\n')[1..]);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("check --help")]
    [InlineData("audit events --help")]
    public void Help_gives_exit_code_0(string arguments) =>
        Assert.Equal(0, Shell.Try(GateDaemon.Binary, arguments.Split(' ')).ExitCode);

    private (int ExitCode, string Output) Check(string observation, params IEnumerable<string> arguments)
    {
        var file = Path.Combine(_folder, "observation");
        File.WriteAllText(file, observation);
        var (exitCode, output, _) = Shell.Try(GateDaemon.Binary, ["check", "--input", file, .. arguments]);
        return (exitCode, output.TrimEnd());
    }

    private static Dictionary<string, string> Pinned() =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .ToDictionary(row => row.Attribute("Include")!.Value, row => row.Attribute("Version")!.Value);
}
