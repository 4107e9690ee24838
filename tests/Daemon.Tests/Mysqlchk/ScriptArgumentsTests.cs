using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Infrastructure.Addresses;

namespace GaleraGate.Daemon.Tests.Mysqlchk;

/// <summary>The script's command line as getopt parsed it, and what getopt got wrong.</summary>
public sealed class ScriptArgumentsTests
{
    [Theory]
    [InlineData("-m 3309")]
    [InlineData("-m3309")]
    [InlineData("--mirror-port 3309")]
    [InlineData("--mirror-port=3309")]
    [InlineData("--mir=3309")]
    [InlineData("-dm3309")]
    public void An_option_is_accepted_in_each_form_that_getopt_knows(string words) =>
        Assert.Equal("3309", Parse(words).MirrorPort);

    [Theory]
    [InlineData("", (int)ScriptVerb.Help)]
    [InlineData("-h", (int)ScriptVerb.Help)]
    [InlineData("-d", (int)ScriptVerb.Start)]
    [InlineData("--daemon", (int)ScriptVerb.Start)]
    [InlineData("-x", (int)ScriptVerb.Stop)]
    [InlineData("-s", (int)ScriptVerb.Status)]
    [InlineData("-t", (int)ScriptVerb.Test)]
    [InlineData("-v", (int)ScriptVerb.Foreground)]
    [InlineData("-R", (int)ScriptVerb.Run)]
    [InlineData("-RD", (int)ScriptVerb.Run)]
    public void Each_verb_has_its_letter(string words, int verb) => Assert.Equal((ScriptVerb)verb, Parse(words).Verb);

    [Fact]
    public void The_defaults_are_those_of_the_script()
    {
        var plain = Parse("-d");

        Assert.Equal(
            ("mysqlchk_user", "mysqlchk_password", "/etc/my.cnf", "/var/log/mysqlchk_iptables", false),
            (plain.User, plain.Password, plain.DefaultsExtraFile, plain.LogFile, plain.PasswordWasTyped));
        Assert.Equal(
            ["--gate-port=3308", "--server-port=3306", "--check-interval=1000ms", "--insecure-permissions"],
            plain.AsRunOptions().Where(option => !option.StartsWith("--defaults", StringComparison.Ordinal)));
    }

    [Fact]
    public void Empty_user_and_password_come_from_the_file_others_are_kept_whole()
    {
        var empty = ScriptOptions.Parse(["-d", "-u", "", "-p", ""]);
        var odd = ScriptOptions.Parse(["-d", "-p", "a b;$(x) \"'#"]);

        Assert.Equal(("", "", false), (empty.User, empty.Password, empty.PasswordWasTyped));
        Assert.Equal(("a b;$(x) \"'#", true), (odd.Password, odd.PasswordWasTyped));
        Assert.DoesNotContain(
            odd.WithoutSecrets().Concat(odd.AsRunOptions()), word => word.Contains("a b", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("-a6 fd00::/8")]
    [InlineData("--source-address-ipv6=fd00::/8")]
    public void The_option_for_IPv6_is_not_an_IPv4_address_of_6(string words) =>
        Assert.Equal(["--source-address=0.0.0.0/0", "--source-address-ipv6=fd00::/8"], Sources(words));

    [Theory]
    [InlineData("-a 10.0.0.0/8", "10.0.0.0/8", "::/0")]
    [InlineData("-a 10.0.0.7/8", "10.0.0.0/8", "::/0")]
    [InlineData("-a 10.0.0.1,10.0.0.2 -a6 0::0", "10.0.0.1,10.0.0.2", "::/0")]
    [InlineData("-a6 fd00::77/64", "0.0.0.0/0", "fd00::/64")]
    public void A_source_list_restricts_only_its_family_and_is_masked_as_by_iptables(
        string words,
        string ipv4,
        string ipv6
    ) => Assert.Equal([$"--source-address={ipv4}", $"--source-address-ipv6={ipv6}"], Sources(words));

    [Theory]
    [InlineData("-a 0.0.0.0/0 -a6 0::0")]
    [InlineData("-d")]
    public void Lists_that_admit_every_address_restrict_nothing(string words) => Assert.Empty(Sources(words));

    [Theory]
    [InlineData("-q", "-q is not an option")]
    [InlineData("--nothing", "--nothing is not an option")]
    [InlineData("--s", "--s may be --stop or --status or --source-address or --source-address-ipv6")]
    [InlineData("-m", "-m needs a value after it")]
    [InlineData("--mirror-port", "--mirror-port needs a value after it")]
    [InlineData("--daemon=yes", "--daemon takes no value")]
    [InlineData("start", "'start' is not an option")]
    public void A_wrong_argument_is_reported(string words, string says) =>
        Assert.StartsWith(says, Assert.Throws<FormatException>(() => Parse(words)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("-m")]
    [InlineData("--real-port")]
    [InlineData("-i")]
    [InlineData("-a")]
    [InlineData("-a6")]
    public void An_empty_value_is_refused_in_one_line(string option) =>
        Assert.EndsWith(
            "needs a value, not \"\"",
            Assert.Throws<FormatException>(() => ScriptOptions.Parse(["-d", option, ""])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Relative_paths_are_resolved_where_the_command_was_given()
    {
        var arguments = Parse("-d -e my.cnf -l here/log");

        Assert.Equal(
            (Path.GetFullPath("my.cnf"), Path.GetFullPath("here/log")),
            (arguments.DefaultsExtraFile, arguments.LogFile));
        Assert.Contains($"--log-file={Path.GetFullPath("here/log")}", arguments.WithoutSecrets());
        Assert.Equal(
            ("", ""),
            (
                ScriptOptions.Parse(["-e", "", "-l", ""]).DefaultsExtraFile,
                ScriptOptions.Parse(["-e", "", "-l", ""]).LogFile));
    }

    [Theory]
    [InlineData("-a 192.168.010.0/24")]
    [InlineData("-a 10.1")]
    [InlineData("-a 10.1/16")]
    [InlineData("-a 0x0a.0.0.1")]
    [InlineData("-a 167772161")]
    [InlineData("-a6 fe80::1%eth0/64")]
    public void An_ambiguous_address_is_passed_on_unchanged_and_refused(string words) =>
        Assert.Contains(
            Sources(words),
            option =>
                option.EndsWith(words.Split(' ')[1], StringComparison.Ordinal)
                && HostAddress.ParseNetwork(option.Split('=')[1]) is null);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData("61")]
    public void An_interval_is_in_seconds(string interval) =>
        Assert.Throws<FormatException>(() =>
            ScriptOptions.Parse([$"--check-interval={interval}"]).AsRunOptions().ToList());

    [Fact]
    public void The_lease_outlives_a_long_interval() =>
        Assert.Contains("--lease=9s", ScriptOptions.Parse(["-i", "5"]).AsRunOptions());

    private static ScriptArguments Parse(string words) =>
        ScriptOptions.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> Sources(string words) =>
        Parse(words).AsRunOptions().Where(option => option.StartsWith("--source-address", StringComparison.Ordinal));
}
