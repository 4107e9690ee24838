using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Firewall;

/// <summary>A purge while other programs use the tables, with both variants of iptables.</summary>
public sealed class PurgeTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _space;

    public PurgeTests() => _space = _host.AddSpace("purged");

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public void Purge_removes_rules_and_set_however_slowly_the_kernel_releases_them(string variant)
    {
        for (var i = 0; i < 5; i++)
        {
            Make(variant);

            var (exitCode, output, error) = Purge(variant);

            Assert.True(exitCode == 0, output + error);
            Assert.Equal("", Left(variant));
        }
    }

    [Fact]
    public void One_purge_removes_both_backends_rules_but_no_other_programs()
    {
        Make("nft");
        _space.Run("nft", "add table inet theirs");
        _space.Run(
            "sh",
            "-ec",
            "nft add table inet galeragate-3308; nft add set inet galeragate-3308 open '{ type inet_service; flags "
            + $"timeout; }}'; nft add chain inet galeragate-3308 gate; {Mischief.AddRedirect}; "
            + "nft add table inet galeragate-3309");

        var (exitCode, output, error) = Purge("nft");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal("", Left("nft"));
        Assert.Contains("table inet galeragate-3308", output, StringComparison.Ordinal);
        Assert.Equal(
            ["table inet galeragate-3309", "table inet theirs"],
            _space.Run("nft", "list", "tables").Split('\n')
                .Where(line => line.Contains(" inet ", StringComparison.Ordinal))
                .Order());
    }

    [Fact]
    public void A_held_lock_is_waited_for_as_long_as_requested()
    {
        Make("legacy");
        using var held = Shell.Start("flock", ["/run/xtables.lock", "sleep", "4"]);

        var (exitCode, output, error) = Purge("legacy", "--wait", "60s");

        Assert.True(exitCode == 0, output + error);
        Assert.Equal("", error);
        Assert.Equal("", Left("legacy"));
        held.WaitForExit();
    }

    [Fact]
    public void The_next_purge_finishes_what_an_earlier_one_could_not()
    {
        Make("legacy");
        using var held = Shell.Start("flock", ["/run/xtables.lock", "sleep", "1000"]);
        try
        {
            var (exitCode, _, error) = Purge("legacy", "--wait", "1s");

            Assert.Equal(1, exitCode);
            Assert.Contains("holding the xtables lock", error, StringComparison.Ordinal);
            Assert.DoesNotContain("a rule names it", error, StringComparison.Ordinal);
            Assert.EndsWith(
                "not everything is gone: galeragate firewall purge --gate-port 3308 again takes the rest\n",
                error,
                StringComparison.Ordinal);
        }
        finally
        {
            held.Kill(entireProcessTree: true);
            held.WaitForExit();
        }

        Assert.Equal(0, Purge("legacy").ExitCode);
        Assert.Equal("", Left("legacy"));
    }

    private void Make(string variant)
    {
        _space.Run("ipset", "create", "GALERAGATE-TRY-7", "bitmap:port", "range", "0-0");
        _space.Run("ipset", "create", "GALERAGATE-3308", "bitmap:port", "range", "3308-3308", "timeout", "5");
        foreach (var tool in new[] { $"iptables-{variant}", $"ip6tables-{variant}" })
        {
            // The chain that a killed trial leaves in the tables, too.
            _space.Run(tool, "-t", "nat", "-N", "GALERAGATE-TRY-7");
            _space.Run(tool, "-t", "nat", "-N", "GALERAGATE-3308");
            _space.Run(
                "sh",
                "-c",
                $"{tool} -t nat -A GALERAGATE-3308 -p tcp --dport 3308 -m set --match-set GALERAGATE-3308 dst "
                + $"-j DNAT --to-destination :3306; {tool} -t nat -A PREROUTING -p tcp --dport 3308 -j "
                + "GALERAGATE-3308");
        }
    }

    private string Left(string variant) =>
        _space.Run(
            "sh",
            "-c",
            $"(iptables-{variant}-save; ip6tables-{variant}-save; ipset list -n) | grep GALERAGATE || true");

    private (int ExitCode, string Output, string Error) Purge(string variant, params string[] options)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_host.Folder, variant)).FullName;
        foreach (var name in new[] { "iptables", "ip6tables", "iptables-restore", "ip6tables-restore" })
        {
            File.Delete(Path.Combine(folder, name));
            File.CreateSymbolicLink(
                Path.Combine(folder, name),
                "/usr/sbin/" + name.Replace("tables", $"tables-{variant}", StringComparison.Ordinal));
        }

        return _space.Try(
            "env",
            [
                $"PATH={folder}:{Environment.GetEnvironmentVariable("PATH")}",
                GateDaemon.Binary,
                "firewall",
                "purge",
                .. options,
            ]);
    }
}
