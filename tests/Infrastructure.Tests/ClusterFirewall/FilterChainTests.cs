using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.ClusterFirewall;

/// <summary>A change of the filter table and its rollback on real tables, with commands that fail on request.</summary>
public sealed class FilterChainTests : IDisposable
{
    private const string Chain = "GALERAGATE-IN-3308";

    private static readonly Family[] Both = [Family.Ipv4, Family.Ipv6];

    private readonly LabHost _host = new();
    private readonly Space _space;

    public FilterChainTests() => _space = _host.AddSpace("node");

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Each_address_family_is_rolled_back_separately_and_retried()
    {
        Do("-A INPUT -p tcp --dport 22 -j ACCEPT", "-N GALERAGATE-IN-3308", "-A INPUT -j GALERAGATE-IN-3308");
        var (before, failures, troubles) = (Tables(), 0, new List<string>());
        await _space.EnterAsync(async () =>
        {
            var firewall = new FilterChain(Chain, async (name, arguments, input, cancellationToken) =>
                failures > 0 && name.StartsWith("iptables", StringComparison.Ordinal)
                    ? new CommandOutcome(name, 4, "", $"the lock is taken, {failures--} times", TimeSpan.Zero)
                    : await SystemCommand.RunAsync(name, arguments, input, cancellationToken));
            var changes = await MakeAsync(firewall, "-j DROP");
            failures = 3;
            Assert.Empty(await firewall.PutBackAsync(changes, troubles.Add));
        });

        Assert.Equal(before, Tables());
        Assert.Equal(3, troubles.Count);
        const string Says = "ipv4 is not as it was before yet (iptables: exit 4: the lock is taken";
        Assert.StartsWith(Says, troubles[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_that_another_program_changed_is_left_alone_and_reported()
    {
        IReadOnlyList<string> left = [];
        await _space.EnterAsync(async () =>
        {
            var firewall = new FilterChain(Chain);
            var changes = await MakeAsync(firewall, "-j DROP");
            Do("-F GALERAGATE-IN-3308", "-A GALERAGATE-IN-3308 -j ACCEPT");
            _ = _space.Run("ip6tables", "-A", Chain, "-j", "LOG");
            left = await firewall.PutBackAsync(changes, trouble => Assert.Fail(trouble));
        });

        Assert.Equal([$"ipv4: another program has changed {Chain} since, and it was left as it is"], left);
        Assert.Contains($"-A {Chain} -j ACCEPT\n", _space.Run("iptables", "-S"), StringComparison.Ordinal);
        Assert.DoesNotContain(Chain, _space.Run("ip6tables", "-S"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rollback_puts_all_jumps_back_in_their_places()
    {
        Do(
            "-N GALERAGATE-IN-3308", "-A GALERAGATE-IN-3308 -j RETURN", "-A INPUT -s 10.0.0.1 -j ACCEPT",
            "-A INPUT -i eth1 -j GALERAGATE-IN-3308", "-A INPUT -j GALERAGATE-IN-3308", "-A INPUT -p udp -j ACCEPT");
        var before = Tables();
        await _space.EnterAsync(async () =>
        {
            var firewall = new FilterChain(Chain);
            var changes = await MakeAsync(firewall, "-j DROP");
            Assert.Equal(
                [$"-j {Chain}", "-s 10.0.0.1/32 -j ACCEPT", $"-i eth1 -j {Chain}", "-p udp -j ACCEPT"],
                _space.Run("iptables", "-S", "INPUT").Split("-A INPUT ").Skip(1).Select(rule => rule.TrimEnd()));
            Assert.Empty(await firewall.PutBackAsync(changes, trouble => Assert.Fail(trouble)));
        });

        Assert.Equal(before, Tables());
    }

    [Fact]
    public async Task A_new_chain_is_emptied_but_kept_if_a_foreign_rule_jumps_to_it()
    {
        await _space.EnterAsync(async () =>
        {
            var firewall = new FilterChain(Chain);
            var changes = await MakeAsync(firewall, "-j DROP");
            Do("-A FORWARD -j GALERAGATE-IN-3308");
            Assert.Empty(await firewall.PutBackAsync(changes, trouble => Assert.Fail(trouble)));
        });

        Assert.Equal($"-N {Chain}\n-A FORWARD -j {Chain}\n", _space.Run("iptables", "-S").Split("OUTPUT ACCEPT\n")[1]);
    }

    private static async Task<IReadOnlyList<FamilyChange>> MakeAsync(FilterChain firewall, string rule)
    {
        var changes = new List<FamilyChange>();
        foreach (var family in Both)
        {
            var before = await firewall.ReadAsync(family, CancellationToken.None);
            var wanted = new FilterRules(Chain, [$"-A {Chain} {rule}"], [FilterRules.JumpTo(Chain)]);
            var made = await firewall.MakeAsync(family, wanted, CancellationToken.None);
            changes.Add(new FamilyChange(family, before, made));
        }

        Assert.All(changes, change => Assert.True(change.Made!.IsFirst));
        return changes;
    }

    private void Do(params string[] rules) => rules.ToList().ForEach(rule => _space.Run("iptables", rule.Split(' ')));

    private string Tables() => _space.Run("iptables", "-S") + _space.Run("ip6tables", "-S");
}
