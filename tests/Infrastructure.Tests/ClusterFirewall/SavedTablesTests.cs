using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.ClusterFirewall;

/// <summary>
/// What is said of a saved table is what a boot makes of it: saved by the real tools beside a gate, restored into a
/// namespace that has no set.
/// </summary>
public sealed class SavedTablesTests : IDisposable
{
    private readonly LabHost _host = new();

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("rules.v4", true, true, AtBoot.Refused)]
    [InlineData("rules.v4", true, false, AtBoot.Open)]
    [InlineData("rules.v4", false, true, AtBoot.Closed)]
    [InlineData("nftables.conf", true, true, AtBoot.Refused)]
    [InlineData("nftables.conf", true, false, AtBoot.Open)]
    [InlineData("nftables.conf", false, true, AtBoot.Closed)]
    public async Task What_a_boot_makes_of_it_and_the_command_that_puts_it_right(
        string name, bool isOpen, bool isLeased, AtBoot expected)
    {
        var file = Path.Combine(_host.Folder, name);
        await SaveAsync(file, isOpen, isLeased);

        var saved = Assert.Single(SavedTables.In(file, File.ReadAllText(file)));

        Assert.Equal(("GALERAGATE-3308", expected), (saved.Chain, saved.AtBoot));
        var (exitCode, tables) = Boot(file, "before");
        Assert.Equal(expected == AtBoot.Refused, exitCode != 0);
        Assert.Equal(expected == AtBoot.Open, tables.Contains("to :3306", StringComparison.Ordinal)
            || tables.Contains("--to-destination :3306", StringComparison.Ordinal));

        Shell.Run("sh", "-c", saved.Fix);
        (exitCode, tables) = Boot(file, "after");
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("GALERAGATE", tables, StringComparison.Ordinal);
        Assert.Contains("dport 22", tables, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clusters_own_filter_rules_and_words_about_a_gate_are_no_rules_of_one() => Assert.Empty(
        SavedTables.In(
            "/etc/iptables/rules.v4",
            """
            # GALERAGATE-3308 must not be saved here
            *filter
            :GALERAGATE-IN-3308 - [0:0]
            -A INPUT -j GALERAGATE-IN-3308
            COMMIT
            """));

    private async Task SaveAsync(string file, bool isOpen, bool isLeased)
    {
        var space = _host.AddSpace("saved");
        await space.EnterAsync(async () =>
        {
            using var lease = new KernelLease(3308, TimeSpan.FromSeconds(5));
            using var gate = new IptablesGate(new GateRules("n1", 3308, 3306, [], false, isLeased), lease);
            var result = await gate.ConvergeAsync(
                Family.Ipv4, new Redirect(isOpen ? 7 : null, 7), CancellationToken.None);
            Assert.False(result.HasFailed, string.Join(' ', result.Facts));
        });
        space.Run("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "22", "-j", "ACCEPT");
        space.Run("sh", "-c", $"{(IsOfNft(file) ? "nft list ruleset" : "iptables-save")} > {file}");
    }

    private (int ExitCode, string Tables) Boot(string file, string name)
    {
        var space = _host.AddSpace(name);
        var (exitCode, _, _) = space.Try("sh", "-c", IsOfNft(file) ? $"nft -f {file}" : $"iptables-restore < {file}");
        return (exitCode, space.Run("sh", "-c", IsOfNft(file) ? "nft list ruleset" : "iptables-save"));
    }

    private static bool IsOfNft(string file) => file.EndsWith("nftables.conf", StringComparison.Ordinal);
}
