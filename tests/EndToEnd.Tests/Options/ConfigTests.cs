using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>Each option can be set in four ways, with the same order of precedence for all options.</summary>
public sealed class ConfigTests : IDisposable
{
    /// <summary>For each option, a value in the file, in the environment and on the command line.</summary>
    private static readonly Dictionary<string, string[]> Values = new()
    {
        ["node"] = ["a", "b", "c"],
        ["gate-port"] = ["3309", "3310", "3311"],
        ["server-port"] = ["3316", "3326", "3336"],
        ["source-address"] = ["10.0.0.0/8", "192.0.2.1,10.1.0.0/16", "10.2.0.0/16"],
        ["source-address-ipv6"] = ["fd00::/8", "fd01::/16", "::1"],
        ["local-clients"] = ["true", "true", "true"],
        ["check-interval"] = ["100ms", "1s", "2s"],
        ["lease"] = ["off", "6s", "7s"],
        ["journal"] = ["/a", "/b", "/c"],
        ["journal-segment-size"] = ["64KiB", "1MiB", "1GiB"],
        ["journal-max-size"] = ["1MiB", "1GiB", "2GiB"],
        ["journal-max-age"] = ["1", "30", "400"],
        ["archive"] = ["/a", "/b", "/c"],
        ["archive-schema"] = ["a", "b_1", "c"],
        ["cluster"] = ["a", "b", "c"],
        ["control"] = ["/a.sock", "off", "/c.sock"],
        ["peers"] = ["n2,n3:3408", "[fd77::2]:3308", "10.0.0.3"],
        ["on-close"] = ["reset", "drain", "reset-after=1m"],
        ["on-close-lost"] = ["drain", "reset", "reset-after=5s"],
        ["disk-probe"] = ["/tmp", "/var", "/run"],
        ["disk-probe-timeout"] = ["1s", "2s", "3s"],
        ["http"] = ["9200", "off", "10.0.0.1:9201"],
        ["http-allow"] = ["10.0.0.0/8", "fd00::/8,10.0.0.1", "::1"],
        ["clients"] = ["10.0.0.0/8", "app1,10.0.0.1", "fd00::/8"],
        ["balancers"] = ["10.0.0.0/8", "lb1", "10.0.0.10"],
        ["pmm"] = ["10.0.0.5", "pmm", "fd00::5"],
        ["replication-source"] = ["10.0.0.6", "primary", "10.0.0.7"],
        ["gated-only"] = ["true", "true", "true"],
        ["mode"] = ["replica", "galera", "replica"],
        ["replica-grace"] = ["5s", "10s", "1m"],
        ["max-lag"] = ["10s", "2m", "1h"],
        ["notify"] = ["/a.notify", "off", "/c.notify"],
        ["hold-file"] = ["/a", "/b", "/c"],
        ["keep-redirect"] = ["true", "true", "true"],
        ["dry-run"] = ["true", "true", "true"],
        ["socket"] = ["/a", "/b", "/c"],
        ["host"] = ["a", "b", "c"],
        ["port"] = ["1", "2", "3"],
        ["defaults-extra-file"] = ["/a", "/b", "/c"],
        ["probe-timeout"] = ["2s", "3s", "4s"],
        ["insecure-permissions"] = ["true", "true", "true"],
        ["rise"] = ["4", "5", "6"],
        ["fall"] = ["3", "4", "5"],
        ["firewall"] = ["iptables", "nftables", "auto"],
        ["close-after"] = ["2s", "3s", "4s"],
        ["open-after"] = ["2s", "3s", "4s"],
        ["open-after-max"] = ["40s", "50s", "60s"],
        ["nonblocking-sst-methods"] = ["mariabackup", "clone", "xtrabackup"],
        ["last-resort"] = ["donor", "none", "donor"],
        ["available-when-read-only"] = ["true", "true", "true"],
        ["close-when-desynced"] = ["true", "true", "true"],
        ["receive-queue-high"] = ["100", "200", "300"],
        ["receive-queue-low"] = ["", "", ""],
        ["flow-control-high"] = ["0.1", "0.2", "0.3"],
        ["flow-control-low"] = ["", "", ""],
        ["require-journal"] = ["true", "true", "true"],
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-config").FullName;

    private string File => Path.Combine(_folder, "galeragate.conf");

    public static TheoryData<string> Names() => [.. Values.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_archives_connection_string_is_not_shown()
    {
        foreach (var arguments in new string[][] { [], ["--json"] })
        {
            var (exitCode, output, _) = Shell.Try(
                GateDaemon.Binary, ["config", "--archive", "Host=db;Password=s3cret", .. arguments]);
            Assert.Equal(
                (0, true, false),
                (
                    exitCode,
                    output.Contains("(a connection string)", StringComparison.Ordinal),
                    output.Contains("s3cret", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Every_option_has_a_case_in_this_test() => Assert.Equal(
        Values.Keys.Order(),
        JsonDocument
            .Parse(Shell.Try(GateDaemon.Binary, ["config", "--json"]).Output)
            .RootElement.EnumerateArray()
            .Select(option => option.GetProperty("name").GetString()!)
            .Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void The_command_line_overrides_environment_file_and_default_in_that_order(string name)
    {
        var (inFile, inEnvironment, typed) = (Values[name][0], Values[name][1], Values[name][2]);
        var variable = "GALERAGATE_" + name.ToUpperInvariant().Replace('-', '_');
        System.IO.File.WriteAllText(File, "");
        Assert.Equal("default", InForce(name, []).Source);

        System.IO.File.WriteAllText(File, $"# a comment\n[galeragate]\n\n {name} = {inFile}\n");
        Assert.Equal((inFile, $"{File}:4"), InForce(name, []));
        Assert.Equal((inEnvironment, variable), InForce(name, [], (variable, inEnvironment)));
        if (inFile.Length > 0)
        {
            string[] option = typed == "true" ? [$"--{name}"] : [$"--{name}", typed];
            Assert.Equal((typed, $"--{name}"), InForce(name, option, (variable, inEnvironment)));
        }
    }

    [Fact]
    public void Files_in_conf_d_are_read_in_order_after_the_main_file()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "conf.d"));
        System.IO.File.WriteAllText(File, "rise = 4\nfall = 4\n");
        System.IO.File.WriteAllText(Path.Combine(_folder, "conf.d", "20-b.conf"), "rise = 6\n");
        System.IO.File.WriteAllText(Path.Combine(_folder, "conf.d", "10-a.conf"), "rise = 5\nfall=\"5\"\n");

        Assert.Equal(("6", $"{_folder}/conf.d/20-b.conf:1"), InForce("rise", []));
        Assert.Equal(("5", $"{_folder}/conf.d/10-a.conf:2"), InForce("fall", []));
    }

    [Theory]
    [InlineData("rise")]
    [InlineData("frobnicate = 1")]
    [InlineData("rise = 0")]
    [InlineData("gate-port = 70000")]
    [InlineData("dry-run = yes")]
    [InlineData("source-address = 10.0.0.0/8, 10.0.0.0/33")]
    public void A_wrong_configuration_file_is_reported_in_one_line_with_exit_code_2(string line)
    {
        System.IO.File.WriteAllText(File, line + "\n");

        foreach (var (exitCode, _, error) in new[] { Run([]), Shell.Try(GateDaemon.Binary, ["config", "check", File]) })
        {
            Assert.Equal(2, exitCode);
            Assert.Single(error.TrimEnd().Split('\n'));
        }
    }

    [Fact]
    public void A_valid_configuration_file_gives_exit_code_0()
    {
        System.IO.File.WriteAllText(File, "rise = 4\nsource-address = 10.0.0.0/8, 192.0.2.1\n");

        Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["config", "check", File]).ExitCode);
    }

    [Fact]
    public void A_configuration_file_that_does_not_exist_is_refused() => Assert.Equal(2, Run([]).ExitCode);

    private (string Value, string Source) InForce(
        string name, string[] arguments, params (string Name, string Value)[] variables)
    {
        var (exitCode, output, error) = Run(arguments, variables);
        Assert.True(exitCode == 0, error);
        var option = JsonDocument
            .Parse(output)
            .RootElement.EnumerateArray()
            .Single(option => option.GetProperty("name").GetString() == name);
        return (option.GetProperty("value").GetString()!, option.GetProperty("source").GetString()!);
    }

    private (int ExitCode, string Output, string Error) Run(
        string[] arguments,
        params (string Name, string Value)[] variables
    ) =>
        Shell.Try(
        "env",
        [
            .. variables.Select(variable => $"{variable.Name}={variable.Value}"),
            GateDaemon.Binary,
            "config",
            "--json",
            "--config",
            File,
            .. arguments,
        ]);
}
