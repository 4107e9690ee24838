using GaleraGate.Domain.Galera;
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
    [InlineData("flow-control-high", "-0.5")]
    [InlineData("require-journal", "yes")]
    [InlineData("last-resort", "Donor")]
    [InlineData("mode", "")]
    [InlineData("on-close", "reset-after=25h")]
    [InlineData("on-close", "reset-after=")]
    [InlineData("on-close-lost", "Reset")]
    public void A_wrong_value_is_refused_by_name(string name, string value)
    {
        var refused = Assert.Throws<FormatException>(() =>
            Policy.Create(new Dictionary<string, string> { [name] = value }));

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rise", "1")]
    [InlineData("fall", "1000")]
    [InlineData("close-after", "60m")]
    [InlineData("close-after", "0ms")]
    [InlineData("open-after", "30s")]
    [InlineData("nonblocking-sst-methods", "")]
    [InlineData("last-resort", "donor")]
    [InlineData("available-when-read-only", "true")]
    [InlineData("close-when-desynced", "true")]
    [InlineData("receive-queue-high", "0")]
    [InlineData("flow-control-high", "1")]
    [InlineData("mode", "replica")]
    [InlineData("max-lag", "5m")]
    [InlineData("replica-grace", "30s")]
    [InlineData("on-close", "reset")]
    [InlineData("on-close", "reset-after=24h")]
    [InlineData("on-close-lost", "drain")]
    [InlineData("on-close-lost", "reset-after=90s")]
    public void A_value_is_kept_as_it_was_given_and_changes_nothing_else(string name, string value)
    {
        var policy = Policy.Create(new Dictionary<string, string> { [name] = value });

        // A high mark is also the low one until that is given.
        Assert.All(policy.ChangesFrom(Policy.Default), change => Assert.StartsWith(
            name.Replace("-high", "", StringComparison.Ordinal), change.Key, StringComparison.Ordinal));
        Assert.Equal(value, policy.Settings[name]);
        Assert.Equal(Policy.Default, policy.With(new Dictionary<string, string>(Policy.Default.Settings)));
        Assert.Equal(policy, Policy.Default.With(policy.ChangesFrom(Policy.Default)));
    }

    [Theory]
    [InlineData("1000", "100", 1000, 100)]
    [InlineData("1000", "1000", 1000, 1000)]
    [InlineData("1000", "", 1000, 1000)]
    [InlineData("1000", null, 1000, 1000)]
    public void A_low_mark_is_at_most_the_high_one_and_defaults_to_it(
        string given, string? below, double high, double low)
    {
        var settings = new Dictionary<string, string> { ["receive-queue-high"] = given };
        if (below is not null)
        {
            settings["receive-queue-low"] = below;
        }

        Assert.Equal(new Marks(high, low), Policy.Create(settings).Fitness.ReceiveQueue);
        settings["receive-queue-low"] = "1001";
        Assert.Contains(
            "receive-queue-low must not be above",
            Assert.Throws<FormatException>(() => Policy.Create(settings)).Message,
            StringComparison.Ordinal);
        settings["receive-queue-high"] = "";
        Assert.Contains(
            "receive-queue-low needs receive-queue-high",
            Assert.Throws<FormatException>(() => Policy.Create(settings)).Message,
            StringComparison.Ordinal);
        Assert.Null(Policy.Create(new Dictionary<string, string> { ["receive-queue-high"] = "" }).Fitness.ReceiveQueue);
    }

    [Fact]
    public void The_refusal_of_a_mark_names_its_range()
    {
        static string Refusal(string name) => Assert.Throws<FormatException>(() =>
            Policy.Create(new Dictionary<string, string> { [name] = "x" })).Message;

        Assert.Equal("receive-queue-high takes a number from 0 up, not 'x'", Refusal("receive-queue-high"));
        Assert.Equal("flow-control-high takes a number from 0 to 1, not 'x'", Refusal("flow-control-high"));
    }

    [Fact]
    public void Only_the_list_of_methods_may_be_empty() =>
        Assert.Equal(
            ["nonblocking-sst-methods"],
            PolicySettings.All.Where(setting => setting.MayBeEmpty).Select(setting => setting.Name));

    [Fact]
    public void An_open_after_above_its_limit_is_refused_whichever_of_them_was_given()
    {
        static string Refusal(string name, string value) => Assert.Throws<FormatException>(() =>
            Policy.Create(new Dictionary<string, string> { [name] = value })).Message;

        Assert.Contains("open-after 31s", Refusal("open-after", "31s"), StringComparison.Ordinal);
        Assert.Contains("open-after-max 100ms", Refusal("open-after-max", "100ms"), StringComparison.Ordinal);
        Assert.Contains("open-after 500ms", Refusal("open-after-max", "100ms"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("1h", 3600)]
    [InlineData("8783h", 8783 * 3600)]
    public void Durations_with_a_unit_are_accepted(string text, double seconds) =>
        Assert.Equal(seconds, Duration.Parse(text)!.Value.TotalSeconds, 6);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1e3s")]
    [InlineData("8784h")]
    [InlineData("99999999999h")]
    public void A_duration_without_a_unit_or_of_a_leap_year_is_refused(string text) =>
        Assert.Null(Duration.Parse(text));

    [Theory]
    [InlineData(0.999, "999ms")]
    [InlineData(1, "1s")]
    [InlineData(119.5, "119.5s")]
    [InlineData(120, "2m")]
    [InlineData(7_199.4, "119.99m")]
    [InlineData(7_200, "2h")]
    public void A_duration_is_written_in_the_largest_unit_of_which_there_are_two(double seconds, string text) =>
        Assert.Equal(text, Duration.Format(TimeSpan.FromSeconds(seconds)));
}
