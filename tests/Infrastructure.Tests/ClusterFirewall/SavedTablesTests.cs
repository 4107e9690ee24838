using System.Net;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Nftables;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.ClusterFirewall;

/// <summary>
/// The report on a saved table matches what a boot makes of it. The real tools save it next to a gate, and it is
/// restored into a namespace without a set.
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
    public async Task Saved_iptables_rules_give_their_effect_at_boot_and_the_fix(
        string name, bool isOpen, bool isLeased, AtBoot expected)
    {
        var file = Path.Combine(_host.Folder, name);
        await SaveAsync(file, isOpen, isLeased);

        var saved = Assert.Single(SavedTables.In(file, File.ReadAllText(file), IsOfNft(file)));

        Assert.Equal(("GALERAGATE-3308", expected), (saved.Gate, saved.AtBoot));
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

    /// <summary>
    /// A table of nftables includes its set, so the rest of the lease runs from the moment the file is loaded.
    /// </summary>
    [Theory]
    [InlineData(true, true, true, AtBoot.OpenForAMoment)]
    [InlineData(true, true, false, AtBoot.Closed)]
    [InlineData(true, false, false, AtBoot.Open)]
    [InlineData(false, true, true, AtBoot.Closed)]
    public async Task A_saved_nftables_table_gives_its_effect_at_boot_and_the_fix(
        bool isOpen, bool isLeased, bool isRefreshed, AtBoot expected)
    {
        var file = Path.Combine(_host.Folder, "nftables.conf");
        var saving = _host.AddSpace("saved");
        await saving.EnterAsync(async () =>
        {
            using var lease = new NativeLease(3308, TimeSpan.FromMinutes(1));
            using var gate = new NativeGate(new NativeRules("n1", 3308, 3306, [], false, isLeased), lease);
            var result = await gate.ConvergeAsync(
                Family.Inet, new Redirect(isOpen ? 7 : null, 7), CancellationToken.None);
            Assert.False(result.HasFailed, string.Join(' ', result.Facts));
            Assert.Null(isRefreshed ? lease.Refresh() : null);
        });
        saving.Run("nft", "add table inet theirs; add chain inet theirs c; add rule inet theirs c tcp dport 22 accept");
        saving.Run("sh", "-c", $"(echo flush ruleset; nft list ruleset) > {file}");

        var saved = Assert.Single(SavedTables.In(file, File.ReadAllText(file), isNft: true));

        Assert.Equal(("inet galeragate-3308", expected, true), (saved.Gate, saved.AtBoot, saved.IsNative));
        var after = _host.AddSpace("before");
        using var server = after.Greet(IPAddress.Any, 3306);
        after.Run("nft", "-f", file);
        after.Run("nft", "add chain inet galeragate-3308 out { type nat hook output priority -110; }");
        after.Run("nft", "add rule inet galeragate-3308 out jump gate");
        Assert.Equal(
            expected is AtBoot.Closed ? Meets.Refused : Meets.Server, GatePort.Meet(after, "127.0.0.1"));

        Shell.Run("sh", "-c", saved.Fix);
        var (exitCode, tables) = Boot(file, "after");
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("galeragate", tables, StringComparison.Ordinal);
        Assert.Contains("dport 22", tables, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_no_file_can_have_includes_nothing()
    {
        var conf = Path.Combine(_host.Folder, "nftables.conf");
        File.WriteAllText(conf, "include \"nftables\0.d/*.nft\"\n");

        Assert.Equal([conf], NftIncludes.Of(conf, _host.Folder));
    }

    [Fact]
    public void Includes_of_an_nftables_conf_are_followed_as_nft_does()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_host.Folder, "nftables.d")).FullName;
        var (conf, one, two) = (
            Path.Combine(_host.Folder, "nftables.conf"), Path.Combine(folder, "1.nft"), Path.Combine(folder, "2.nft"));
        File.WriteAllText(
            conf,
            "flush ruleset\n# include \"/none.nft\"\ninclude \"nftables.d/*.nft\"\ninclude \"" + conf + "\"\n");
        File.WriteAllText(one, "add table inet galeragate-3308\n");
        File.WriteAllText(two, "include \"" + folder + "/missing.nft\"\n");

        Assert.Equal([conf, one, two], NftIncludes.Of(conf, _host.Folder));
        Assert.Equal([Path.Combine(folder, "missing.nft")], NftIncludes.Of(Path.Combine(folder, "missing.nft")));
    }

    [Fact]
    public void A_gate_created_by_commands_is_found_too()
    {
        const string Commands = """
            add table inet galeragate-3308
            add chain inet galeragate-3308 gate
            add rule inet galeragate-3308 gate tcp dport 3308 dnat to :3306
            add rule inet theirs input tcp dport 22 accept
            """;
        var file = Path.Combine(_host.Folder, "gate.nft");
        File.WriteAllText(file, Commands);

        var saved = Assert.Single(SavedTables.In(file, Commands, isNft: true));

        Assert.Equal(AtBoot.Open, saved.AtBoot);
        Shell.Run("sh", "-c", saved.Fix);
        Assert.Equal("add rule inet theirs input tcp dport 22 accept\n", File.ReadAllText(file).TrimEnd() + "\n");
    }

    [Fact]
    public void The_clusters_filter_rules_and_comments_are_not_reported_as_gate_rules() => Assert.Empty(
        SavedTables.In(
            "/etc/iptables/rules.v4",
            """
            # GALERAGATE-3308 must not be saved here
            *filter
            :GALERAGATE-IN-3308 - [0:0]
            -A INPUT -j GALERAGATE-IN-3308
            COMMIT
            """,
            isNft: false));

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
