using GaleraGate.Infrastructure.Iptables;

namespace GaleraGate.Infrastructure.Tests.Iptables;

public sealed class CountedRulesTests
{
    [Fact]
    public void A_count_that_no_host_reaches_makes_no_rule()
    {
        var rules = CountedRules.Parse("""
            *filter
            :INPUT DROP [18446744073709551615:0]
            :FORWARD ACCEPT [٣:0]
            [99999999999999999999:1] -A INPUT -j DROP
            [7:420] -A INPUT -j REJECT
            """);

        Assert.Equal([new CountedRule("filter", "-A INPUT -j REJECT", 7)], rules.All);
    }
}
