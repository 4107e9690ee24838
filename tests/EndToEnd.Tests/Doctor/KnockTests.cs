using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>
/// The doctor's report on a gate matches what clients meet there: the real binary next to an open gate, on hosts with
/// different firewalls, against a client on another host.
/// </summary>
public sealed class KnockTests : IDisposable
{
    private readonly KnockedHost _host = new();
    private readonly Space _server;
    private readonly Space _client;

    public KnockTests() => (_server, _client) = (_host.Server, _host.Client);

    public void Dispose() => _host.Dispose();

    /// <summary>A host's rules, what a client meets at its open gate, and the doctor's words for it.</summary>
    public static TheoryData<string, Meets, string, string> Hosts() => new()
    {
        { "true", Meets.Server, "ok", "meets the server at 10.77.0.1" },
        {
            "iptables -P INPUT DROP; iptables -A INPUT -p tcp --dport 3308 -j ACCEPT",
            Meets.Silence,
            "error",
            "gets no answer at 10.77.0.1: iptables counted it at -P INPUT DROP (table filter)"
        },
        {
            "iptables -A INPUT -p tcp --dport 3306 -j REJECT --reject-with tcp-reset",
            Meets.Refused,
            "error",
            "is refused at 10.77.0.1: iptables counted it at -A INPUT -p tcp -m tcp --dport 3306 -j REJECT"
        },
        {
            "iptables -t raw -A OUTPUT -p tcp --sport 3306 -j CT --notrack",
            Meets.Silence,
            "error",
            "iptables counted it at -A OUTPUT -p tcp -m tcp --sport 3306 -j CT --notrack (table raw)"
        },
        {
            "iptables -t raw -A PREROUTING -p tcp --dport 3308 -j NOTRACK",
            Meets.Refused,
            "error",
            "is refused at 10.77.0.1: iptables counted it at -A PREROUTING -p tcp -m tcp --dport 3308 -j NOTRACK ("
            + "table raw)"
        },
        {
            "iptables -t mangle -A PREROUTING -p tcp --dport 3308 -j DROP",
            Meets.Silence,
            "error",
            "-A PREROUTING -p tcp -m tcp --dport 3308 -j DROP (table mangle)"
        },
        {
            "nft add table inet f; nft add chain inet f i '{ type filter hook input priority 0; policy drop; }'",
            Meets.Silence,
            "error",
            "no rule of iptables that drops or rejects counted it; nftables' own tables have chain inet f i (policy "
            + "drop)"
        },
        {
            "nft add table ip f; nft add chain ip f p '{ type filter hook prerouting priority -300; }'; "
            + "nft add rule ip f p tcp dport 3308 notrack",
            Meets.Refused,
            "error",
            "chain ip f p (rules that notrack)"
        },
        {
            // As ufw does: packets for this host return, the rest are dropped.
            "iptables -P INPUT DROP; iptables -N nl; iptables -A nl -m addrtype --dst-type LOCAL -j RETURN; "
            + "iptables -A nl -j DROP; iptables -A INPUT -j nl; iptables -A INPUT -p tcp --dport 3306 -j ACCEPT",
            Meets.Server,
            "ok",
            "meets the server at 10.77.0.1"
        },
        {
            // As docker does: chains of its own in nat and FORWARD, and a published port that is not ours.
            "iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER; "
            + "iptables -t nat -A DOCKER -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80; "
            + "iptables -P FORWARD DROP",
            Meets.Server,
            "ok",
            "meets the server at 10.77.0.1"
        },
        {
            "iptables -t nat -I PREROUTING -p tcp --dport 3308 -j REDIRECT --to-ports 4000",
            Meets.Refused,
            "error",
            "-A PREROUTING -p tcp -m tcp --dport 3308 -j REDIRECT --to-ports 4000 (table nat)"
        },
    };

    [Theory]
    [MemberData(nameof(Hosts))]
    public void At_an_open_gate_doctor_reports_what_a_client_experiences(
        string rules, Meets meets, string severity, string says)
    {
        _host.Open();
        _server.Run("sh", "-c", rules);

        var line = _host.Examine()["knock-ipv4"];

        Assert.Equal(meets, GatePort.Meet(_client, "10.77.0.1", milliseconds: 1000));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
        Assert.StartsWith("the gate is open", line.Says, StringComparison.Ordinal);
    }

    /// <summary>A host's rules, and the doctor's words for its closed gate.</summary>
    public static TheoryData<string, string, string, string?> Closed() => new()
    {
        { "true", "ok", "the gate is closed: ", null },
        {
            "iptables -P INPUT DROP",
            "warning",
            "gets no answer at 10.77.0.1 instead of being refused at once: iptables counted it at -P INPUT DROP",
            "iptables -I INPUT -p tcp --dport 3308 -j REJECT --reject-with tcp-reset"
        },
        {
            "iptables -P INPUT DROP; iptables -A INPUT -p tcp --dport 3308 -j REJECT --reject-with tcp-reset",
            "ok",
            "is refused at 10.77.0.1, at once;",
            null
        },
    };

    [Theory]
    [MemberData(nameof(Closed))]
    public void At_a_closed_gate_an_immediate_refusal_is_not_an_error(
        string rules, string severity, string says, string? mend)
    {
        _host.Listen("0.0.0.0");
        _server.Run("sh", "-c", rules);

        var line = _host.Examine()["knock-ipv4"];

        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
        Assert.Equal(mend, line.Mend);
        if (mend is not null)
        {
            _server.Run("sh", "-c", mend);
            Assert.Equal("ok", _host.Examine()["knock-ipv4"].Severity);
        }
    }

    [Fact]
    public void Every_address_of_both_families_is_tried_and_those_without_a_server_named()
    {
        _server.Run("ip", "addr", "add", "10.77.0.5/24", "dev", "eth0");
        _server.Run("ip", "-6", "addr", "add", "fd77::5/64", "dev", "eth0", "nodad");
        _host.Open("10.77.0.5", "fd77::1", "fd77::5");

        var lines = _host.Examine();

        Assert.Contains("meets the server at 10.77.0.5", lines["knock-ipv4"].Says, StringComparison.Ordinal);
        Assert.EndsWith(
            "it is refused at 10.77.0.1, where the server does not listen",
            lines["knock-ipv4"].Says,
            StringComparison.Ordinal);
        Assert.Contains("fd77::1", lines["knock-ipv6"].Says, StringComparison.Ordinal);
        Assert.Contains("fd77::5", lines["knock-ipv6"].Says, StringComparison.Ordinal);
        Assert.Equal(("ok", "ok"), (lines["knock-ipv4"].Severity, lines["knock-ipv6"].Severity));
        Assert.Equal("a client has met the rules: see the knock", lines["input"].Says);
    }

    [Theory]
    [InlineData("10.0.0.0/8", "ok", "the gate is open: a client from 10.")]
    [InlineData(
        "10.77.0.2",
        "warning",
        "which no knock from here can use: they are of other hosts; a client from 192.")]
    public void If_the_gate_limits_sources_the_test_client_uses_one_or_reports_unknown(
        string source, string severity, string says)
    {
        _host.Open(["0.0.0.0"], "--source-address", source);

        var line = _host.Examine("--source-address", source)["knock-ipv4"];

        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
    }

    [Theory]
    [InlineData(
        "iptables -P INPUT DROP; iptables -A INPUT -s 10.0.0.0/8 -p tcp --dport 3306 -j ACCEPT",
        "ok",
        "by -A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 3306 -j ACCEPT; one from 192.0.2.")]
    [InlineData(
        "iptables -P INPUT DROP; iptables -A INPUT -s 10.77.0.2 -p tcp --dport 3306 -j ACCEPT",
        "warning",
        "as whom no knock is possible from here (another host's address, or an interface): -A INPUT -s 10.77.0.2/32 ")]
    [InlineData(
        "iptables -P INPUT DROP; iptables -A INPUT -i eth0 -p tcp --dport 3306 -j ACCEPT",
        "warning",
        "as whom no knock is possible from here (another host's address, or an interface): -A INPUT -i eth0 ")]
    [InlineData(
        "nft add table inet f; nft add chain inet f i '{ type filter hook input priority 0; policy drop; }'; "
        + "nft add rule inet f i ip saddr 10.0.0.0/8 tcp dport '{ 22, 3300-3310 }' accept; "
        + "nft add rule inet f i tcp dport 22 accept; nft add rule inet f i ct state established accept",
        "ok",
        "by chain f i accepts from 10.0.0.0/8; one from 192.0.2.")]
    [InlineData(
        "nft add table inet f; nft add chain inet f i '{ type filter hook input priority 0; policy drop; }'; "
        + "nft add rule inet f i iifname lo accept; nft add rule inet f i iifname eth0 tcp dport 3306 accept",
        "warning",
        "chain f i accepts by meta iifname eth0")]
    public void If_a_filter_limits_sources_doctor_names_those_that_get_through(
        string rules, string severity, string says)
    {
        _host.Open();
        _server.Run("sh", "-c", rules);

        var line = _host.Examine()["knock-ipv4"];

        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
    }

    /// <summary>
    /// The real firewalls, as Debian packages them, each on a host with folders of its own. firewalld accepts
    /// redirected packets, ufw does not.
    /// </summary>
    public static TheoryData<string, Meets, string, string> OfDistributions() => new()
    {
        { "ufw --force enable", Meets.Silence, "error", "counted it at -P INPUT DROP (table filter)" },
        {
            "ufw --force enable; ufw allow proto tcp from any to any port 3306",
            Meets.Server,
            "ok",
            "meets the server at"
        },
        {
            "mkdir -p /run/dbus /run/firewalld /var/log/firewalld; dbus-daemon --system --fork; "
            + "(firewalld --nofork --nopid > /dev/null 2>&1 &); until firewall-cmd --state; do sleep 0.2; done",
            Meets.Server,
            "ok",
            "meets the server at"
        },
    };

    /// <summary>Private folders in which a firewall was set up.</summary>
    internal static PrivateHost With(Space server, string setUp)
    {
        var host = new PrivateHost(server);
        var (exitCode, output, error) = host.Try("sh", "-c", $"mkdir -p /var/lib/ufw; {setUp}");
        Assert.True(exitCode == 0, output + error);
        return host;
    }

    [Theory]
    [MemberData(nameof(OfDistributions))]
    public void Doctor_reports_what_clients_experience_beside_each_distributions_firewall(
        string setUp, Meets meets, string severity, string says)
    {
        using var host = With(_server, setUp);
        _host.Open();

        var line = _host.Examine()["knock-ipv4"];

        Assert.Equal(meets, GatePort.Meet(_client, "10.77.0.1", milliseconds: 1000));
        Assert.True(line.Severity == severity && line.Says.Contains(says, StringComparison.Ordinal), line.ToString());
    }

    /// <summary>
    /// A firewall that admits no client does not show who should be admitted, so the operator must fill that in.
    /// </summary>
    [Theory]
    [InlineData("true", "-s CLIENTS ")]
    [InlineData("iptables -A INPUT -p tcp --dport 3308 -j ACCEPT", "")]
    [InlineData("iptables -A INPUT -s 10.77.0.0/24 -p tcp --dport 3308 -j ACCEPT", "-s 10.77.0.0/24 ")]
    public void The_proposed_rule_admits_no_more_than_the_rules_around_it(string rules, string sources)
    {
        _host.Open();
        _server.Run("sh", "-c", $"iptables -P INPUT DROP; {rules}");

        var mend = _host.Examine()["knock-ipv4"].Mend!;

        Assert.StartsWith(
            $"iptables -I INPUT {sources}-p tcp --dport 3306 -m conntrack --ctorigdstport 3308 -j ACCEPT",
            mend,
            StringComparison.Ordinal);
        _ = _server.Try("sh", "-c", mend);
        Assert.Equal(
            sources.Contains("CLIENTS", StringComparison.Ordinal) ? Meets.Silence : Meets.Server,
            GatePort.Meet(_client, "10.77.0.1", milliseconds: 1000));
    }

    [Fact]
    public void A_server_that_is_silent_or_turns_clients_away_is_reported_in_its_own_words()
    {
        _host.Open([], []);
        var silent = _host.Speak([]);
        Assert.Contains(
            "gets a connection and no greeting at 10.77.0.1",
            _host.Examine()["knock-ipv4"].Says,
            StringComparison.Ordinal);
        silent.Dispose();

        var full = _host.Speak([23, 0, 0, 0, 0xff, 0x10, 0x04, .. "Too many connections"u8]);
        Assert.EndsWith(
            "at 10.77.0.1: error 1040: Too many connections",
            _host.Examine()["knock-ipv4"].Says,
            StringComparison.Ordinal);
        full.Dispose();

        // Accounts restricted to other hosts: packets get through, but no account matches the knocking host.
        using var strict = _host.Speak([19, 0, 0, 0, 0xff, 0x6a, 0x04, .. "Host not allowed"u8]);
        var turnedAway = _host.Examine()["knock-ipv4"];
        Assert.Equal("warning", turnedAway.Severity);
        Assert.Contains("error 1130: Host not allowed", turnedAway.Says, StringComparison.Ordinal);
    }

    [Fact]
    public void Doctor_leaves_nothing_behind_when_it_ends_or_is_killed()
    {
        _host.Open();
        var before = Seen();
        _ = _host.Examine();
        Assert.Equal(before, Seen());

        _server.Run("iptables", "-P", "INPUT", "DROP");
        using var doctor = _server.Start(GateDaemon.Binary, ["doctor", .. _host.Arguments]);
        Shell.Await(
            () => _server.Run("ip", "-o", "link").Contains("ggk", StringComparison.Ordinal),
            TimeSpan.FromSeconds(20),
            "the wire");
        doctor.Kill();
        doctor.WaitForExit();
        Shell.Await(() => Seen() == before, TimeSpan.FromSeconds(10), $"what was there before:\n{before}");

        // An IPv6 address is tentative for its first second.
        string Seen() =>
            _server.Run("ip", "-o", "addr").Replace(" tentative", "", StringComparison.Ordinal)
            + _server.Run("ip", "-o", "link") + _server.Run("ip", "route")
            + _server.Run("ip", "-6", "route") + _server.Run("ip", "rule");
    }

    [Fact]
    public void Without_root_doctor_says_what_it_could_not_test()
    {
        _host.Open();

        var line = _host.ExamineBy(["setpriv", "--bounding-set=-all", "--inh-caps=-all"])["knock-ipv4"];

        Assert.Equal(("warning", "run as root: sudo galeragate doctor"), (line.Severity, line.Mend));
        Assert.Contains("no client could knock from outside", line.Says, StringComparison.Ordinal);
    }
}
