using GaleraGate.Infrastructure.ClusterFirewall;

namespace GaleraGate.Infrastructure.Tests.ClusterFirewall;

/// <summary>
/// How the filter table is compared and changed, as text. ClusterFirewallTests does the same with real tables.
/// </summary>
public sealed class FilterRulesTests
{
    private const string Chain = "GALERAGATE-IN-3308";
    private const string Jump = $"-A INPUT -j {Chain}";
    private const string Reject = $"-A {Chain} -p tcp -j REJECT";

    private static readonly FilterRules Wanted = new(Chain, [Reject], [Jump]);

    [Fact]
    public void A_jump_that_is_not_first_is_moved_back_to_the_head()
    {
        var there = Read($"-N {Chain}", "-A INPUT -s 10.0.0.1/32 -j ACCEPT", Jump, Reject);

        Assert.False(there.IsFirst);
        Assert.Equal($"*filter\n-D INPUT -j {Chain}\n-I INPUT 1 -j {Chain}\nCOMMIT\n", there.ChangeTo(Wanted));
        Assert.Null(Read($"-N {Chain}", Jump, "-A INPUT -s 10.0.0.1/32 -j ACCEPT", Reject).ChangeTo(Wanted));
    }

    [Fact]
    public void A_rollback_puts_a_jump_after_the_rule_that_it_followed()
    {
        const string Log = "-A INPUT -j LOG"; // occurs twice: the rollback must pick the same one
        var before = Read($"-N {Chain}", Log, "-A INPUT -p tcp -j A", Jump, Log, "-A INPUT -j B", Reject);
        string[] since = ["-A INPUT -j F2B", Jump, Log, "-A INPUT -p tcp -j A", Log, "-A INPUT -j B"];

        Assert.Contains("-I INPUT 4 ", ChangeOf(since), StringComparison.Ordinal);

        // The rule before it is gone, so the one before that counts, or else the head of the chain.
        Assert.Contains("-I INPUT 2 ", ChangeOf(Jump, Log, "-A INPUT -j B"), StringComparison.Ordinal);
        Assert.Null(ChangeOf(Jump, "-A INPUT -j B"));

        string? ChangeOf(params string[] input) => Read([$"-N {Chain}", .. input, Reject]).ChangeTo(before);
    }

    [Fact]
    public void Foreign_jumps_to_our_chain_are_kept_and_keep_the_emptied_chain()
    {
        string[] others = [$"-A INPUT -i eth1 -j {Chain}", $"-A FORWARD -g {Chain}"];
        var there = Read([$"-N {Chain}", Jump, .. others, Reject]);

        Assert.Equal(others, there.OthersJumps);
        Assert.Null(there.ChangeTo(Wanted));
        var change = there.ChangeTo(FilterRules.Nothing(Chain));
        Assert.Equal($"*filter\n:{Chain} - [0:0]\n-D INPUT -j {Chain}\nCOMMIT\n", change);
        Assert.Null(Read([$"-N {Chain}", .. others]).ChangeTo(FilterRules.Nothing(Chain)));
    }

    [Theory]
    [InlineData(true, Reject)]
    [InlineData(true, $"-A {Chain} -j LOG", Reject, $"-A {Chain} -j DROP")]
    [InlineData(false)]
    [InlineData(false, $"-A {Chain} -j ACCEPT")]
    public void A_chain_belongs_to_a_change_while_it_contains_what_the_change_made(bool holds, params string[] rules) =>
        Assert.Equal(holds, Read([$"-N {Chain}", .. rules]).Holds(Wanted));

    private static FilterRules Read(params string[] lines) => FilterRules.Read(Chain, string.Join('\n', lines) + "\n");
}
