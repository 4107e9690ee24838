using System.Diagnostics;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>
/// A host without iptables and ipset, such as a minimal RHEL 10: the README's quick start works there and needs no
/// configuration.
/// </summary>
public sealed class NoIptablesTests : IDisposable
{
    private const string Hide =
        "mkdir /run/hidden /run/hiding; cd /usr/sbin; for tool in *tables* ipset* nft; do mknod /run/hidden/$tool c 0 "
        + "0; done; mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/run/hidden,workdir=/run/hiding /usr/sbin";

    private readonly GatedHost _host = new();
    private readonly PrivateHost _private;

    public NoIptablesTests()
    {
        _private = new PrivateHost(_host.Server);
        var (exitCode, output, error) = _private.Try("sh", "-c", Hide);
        Assert.True(exitCode == 0, output + error);
        Assert.NotEqual(0, _private.Try("sh", "-c", "which iptables ip6tables-nft iptables-save ipset nft").ExitCode);
    }

    public void Dispose()
    {
        _private.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void The_quick_start_works_with_only_the_kernels_nf_tables()
    {
        using (var daemon = Run())
        {
            _host.Await(Meets.Server);
            var clients = _host.Enter();
            var status = Json("status", "--json");
            var firewall = status.GetProperty("firewall");
            Assert.Equal(
                ("nftables", "auto: iptables is not installed"),
                (firewall.GetProperty("backend").GetString(), firewall.GetProperty("why").GetString()));
            Assert.Equal(5, status.GetProperty("lease").GetProperty("length").GetDouble());
            MustBeWell(Json("doctor", "--json", "--node", "n1", "--socket", _host.Node.Path), "knock-ipv4");
            Assert.Contains(
                "nftables: auto: iptables is not installed",
                Ask(0, "status", "--verbose"),
                StringComparison.Ordinal);

            _ = Ask(0, "hold", "--reason", "test");
            _host.Await(Meets.Refused);
            Assert.All(clients, GatedHost.MustAnswer);
            _ = Ask(0, "release");
            _host.Await(Meets.Server);
            Assert.Contains(
                "dnat to :3306", Ask(0, "audit", "rules", "--journal", _host.Journal), StringComparison.Ordinal);
            Shell.Signal("-TERM", daemon.Id);
            daemon.WaitForExit();
            Assert.Equal(0, daemon.ExitCode);
        }

        _host.Await(Meets.Refused);
        Assert.Contains("table inet galeragate-3308", Ask(0, "firewall", "purge"), StringComparison.Ordinal);
        Assert.Equal("", _host.Server.Run("nft", "list", "ruleset"));
        Assert.Equal("", Ask(0, "firewall", "purge"));
    }

    private static void MustBeWell(JsonElement findings, string met)
    {
        var all = findings.EnumerateArray().ToList();
        string Of(string subject, string field) => all
            .Single(one => one.GetProperty("subject").GetString() == subject).GetProperty(field).GetString()!;
        foreach (var subject in new[] { "firewall", "nftables", "lease", met })
        {
            Assert.True(Of(subject, "severity") == "ok", $"{subject}: {Of(subject, "says")}");
        }

        Assert.DoesNotContain(all, one => one.GetProperty("subject").GetString() == "iptables");
    }

    private Process Run()
    {
        var daemon = _private.Start(
            GateDaemon.Binary, "run", "--journal", _host.Journal, "--node", "n1", "--socket", _host.Node.Path,
            "--defaults-extra-file", "/dev/null");
        daemon.BeginErrorReadLine();
        daemon.BeginOutputReadLine();
        return daemon;
    }

    private JsonElement Json(params string[] arguments) =>
        JsonDocument.Parse(_private.Try(GateDaemon.Binary, arguments).Output).RootElement;

    private string Ask(int expected, params string[] arguments)
    {
        var (exitCode, output, error) = _private.Try(GateDaemon.Binary, arguments);
        Assert.True(exitCode == expected, $"{string.Join(' ', arguments)}: exit {exitCode}: {output}{error}");
        return output;
    }
}
