using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class PolicyTests
{
    [Fact]
    public void A_policy_written_as_settings_reads_back_unchanged()
    {
        var policy = Policy.Create(new Dictionary<string, string>
        {
            ["rise"] = "5",
            ["close-after"] = "1.5s",
            ["nonblocking-sst-methods"] = "mariabackup, xtrabackup-v2",
            ["receive-queue-high"] = "1000",
            ["receive-queue-low"] = "10",
            ["flow-control-high"] = "0.5",
            ["require-journal"] = "true",
        });

        Assert.Equal(policy, Policy.Create(policy.Settings));
        Assert.NotEqual(policy, Policy.Default);
    }

    [Theory]
    [InlineData("rise", "0")]
    [InlineData("fall", "many")]
    [InlineData("fall", "1001")]
    [InlineData("open-after", "1")]
    [InlineData("open-after", "31s")]
    [InlineData("close-after", "-1s")]
    [InlineData("close-after", "2h")]
    [InlineData("receive-queue-low", "5")]
    [InlineData("flow-control-high", "1.5")]
    [InlineData("receive-queue-high", "x")]
    [InlineData("require-journal", "yes")]
    public void A_wrong_value_is_refused_by_name(string name, string value)
    {
        var refused = Assert.Throws<FormatException>(() =>
            Policy.Create(new Dictionary<string, string> { [name] = value }));

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    public void Durations_with_a_unit_are_accepted(string text, double seconds) =>
        Assert.Equal(seconds, Duration.Parse(text)!.Value.TotalSeconds, 6);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1e3s")]
    [InlineData("99999999999h")]
    public void A_duration_without_a_unit_is_refused(string text) => Assert.Null(Duration.Parse(text));
}
