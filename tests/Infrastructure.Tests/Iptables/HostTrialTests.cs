using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Iptables;

/// <summary>
/// Finds by trying what a host cannot do: the real iptables in a namespace, restricted in the ways that hosts are. A
/// kernel without a module is not available here, so the test uses the words that RHEL 10 prints.
/// </summary>
public sealed class HostTrialTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _space;

    public HostTrialTests() => _space = _host.AddSpace("tried");

    public void Dispose() => _host.Dispose();

    [Fact]
    public Task A_trial_on_a_capable_host_leaves_no_trace() => Try(SystemCommand.RunAsync, unable =>
    {
        Assert.Empty(unable);
        Assert.DoesNotContain(
            "GALERAGATE",
            _space.Run("iptables-save") + _space.Run("ip6tables-save") + _space.Run("ipset", "list", "-n"),
            StringComparison.Ordinal);
    });

    [Fact]
    public Task A_table_that_nft_changed_is_named_and_the_other_family_works()
    {
        _space.Run("nft", "add table ip nat; add chain ip nat X; add rule ip nat X tcp dport 99 meta mark set 5");
        return Try(SystemCommand.RunAsync, unable =>
        {
            var one = Assert.Single(unable);
            Assert.Equal(Family.Ipv4, one.Key);
            Assert.Contains("a rule that nft itself made", one.Value.Says, StringComparison.Ordinal);
            Assert.StartsWith("nft list table ip nat;", one.Value.Fix, StringComparison.Ordinal);
        });
    }

    [Fact]
    public Task A_caller_without_rights_learns_which_ones_are_needed() => Try(
        (name, arguments, input, token) => SystemCommand.RunAsync(
            "setpriv", ["--bounding-set=-net_admin", "--inh-caps=-all", name, .. arguments], input, token),
        unable => Assert.All(unable.Values, one =>
        {
            Assert.Contains("no right to change rules", one.Says, StringComparison.Ordinal);
            Assert.Contains("CAP_NET_ADMIN", one.Fix, StringComparison.Ordinal);
        }));

    [Fact]
    public Task A_held_lock_is_not_reported_as_a_missing_module() => Try(
        async (name, arguments, input, token) =>
        {
            using var held = Shell.Start("flock", ["/run/xtables.lock", "cat"]);
            Shell.Await(
                () => Shell.Try("flock", ["-n", "/run/xtables.lock", "true"]).ExitCode != 0,
                TimeSpan.FromSeconds(5),
                "the lock to be held");
            var outcome = await SystemCommand.RunAsync(
                name.Replace("tables", "tables-legacy", StringComparison.Ordinal), arguments, input, token);
            held.StandardInput.Close();
            held.WaitForExit();
            return outcome;
        },
        unable => Assert.All(unable.Values, one =>
        {
            Assert.Contains("holds the xtables lock", one.Says, StringComparison.Ordinal);
            Assert.Equal("fuser -v /run/xtables.lock", one.Fix);
        }),
        Family.Ipv4);

    [Fact]
    public Task A_missing_kernel_module_is_named() => Try(
        (name, arguments, input, token) => input.Contains("--match-set", StringComparison.Ordinal)
            ? Task.FromResult(new CommandOutcome(
                name,
                4,
                "",
                $"{name} v1.8.11 (nf_tables):  RULE_APPEND failed (No such file or directory): rule in chain "
                + "GALERAGATE-TRY-7",
                TimeSpan.Zero))
            : SystemCommand.RunAsync(name, arguments, input, token),
        unable => Assert.All(unable.Values, one =>
        {
            Assert.Contains("the kernel has no module for -m set", one.Says, StringComparison.Ordinal);
            Assert.Equal("modprobe xt_set", one.Fix);
        }),
        Family.Ipv4);

    [Fact]
    public Task An_extension_that_iptables_lacks_is_not_blamed_on_the_kernel() => Try(
        (name, arguments, input, token) =>
            SystemCommand.RunAsync("env", ["XTABLES_LIBDIR=/nowhere", name, .. arguments], input, token),
        unable => Assert.All(unable.Values, one =>
        {
            Assert.Contains("has no extension for -m conntrack", one.Says, StringComparison.Ordinal);
            Assert.Equal("apt-get install --reinstall iptables", one.Fix);
        }),
        Family.Ipv4);

    private Task Try(
        CommandRunner run, Action<IReadOnlyDictionary<Family, Inability>> see, params Family[] families) =>
        _space.EnterAsync(async () =>
        {
            var trial = new HostTrial(run, isLeased: true);
            var unable = await trial.TryAsync(
                families.Length > 0 ? families : [Family.Ipv4, Family.Ipv6], CancellationToken.None);
            if (families.Length > 0)
            {
                Assert.NotEmpty(unable);
            }

            see(unable);
        });
}
