using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

/// <summary>What is recorded about rules that other programs changed.</summary>
public sealed class RuleDecisionTests
{
    private static readonly RuleChange Redirect = Change("-A GALERAGATE-3308 -j DNAT");
    private static readonly RuleChange Jump = Change("-A PREROUTING -j GALERAGATE-3308");
    private static readonly RuleChange Other = Change("-A GALERAGATE-3308 -j RETURN");

    [Fact]
    public void A_repair_names_the_drift_that_it_repairs()
    {
        var play = WithRedirect().Take(Changed([], [new RuleCame(Redirect, IsRedirect: true)], isMend: true));

        Assert.Equal(1, Assert.IsType<DriftMended>(play.Events[^1].Event).Rules);
        Assert.Equal(
            new DriftFound(Family.Ipv4, Redirect.Rule, IsThere: false),
            play.Events.Single(one => one.Seq == play.Events[^1].Cause).Event);
    }

    [Fact]
    public void A_repair_around_the_redirect_names_the_last_drift_around_it()
    {
        var play = WithRedirect().Take(Changed(
            [],
            [
                new RuleCame(Redirect, IsRedirect: true),
                new RuleCame(Jump, IsRedirect: false),
                new RuleWent(Other, IsRedirect: false),
            ],
            isMend: true));

        Assert.Equal(
            [
                new DriftFound(Family.Ipv4, Redirect.Rule, IsThere: false),
                new DriftFound(Family.Ipv4, Jump.Rule, IsThere: false, IsRedirect: false),
                new DriftFound(Family.Ipv4, Other.Rule, IsThere: true, IsRedirect: false),
            ],
            play.Events.Select(one => one.Event).OfType<DriftFound>());
        Assert.Equal(
            new DriftFound(Family.Ipv4, Other.Rule, IsThere: true, IsRedirect: false),
            play.Events.Single(one => one.Seq == play.Events[^1].Cause).Event);
    }

    [Fact]
    public void Rules_that_the_daemon_itself_changes_are_no_drift()
    {
        var play = new Play(null, Family.Ipv4).Take(Changed(
            [], [new RuleCame(Jump, IsRedirect: false), new RuleWent(Other, IsRedirect: false)], isMend: false));

        Assert.Equal(
            [new RuleAdded(Jump), new RuleRemoved(Other)], play.Events.Skip(1).Select(one => one.Event));
    }

    [Fact]
    public void Rules_of_another_backend_are_recorded_as_found_and_then_as_removed()
    {
        var left = new RedirectResult(
            Family.Inet, null, [Redirect.Rule], [new RuleWent(Redirect, IsRedirect: true)]);
        var play = new Play(null, Family.Ipv4).Take(new RedirectChanged(
            Given.Second(1), new RedirectResult(Family.Ipv4, 1, null, []) { Left = [left] }));

        Assert.Equal(
            [new DriftFound(Family.Inet, Redirect.Rule, IsThere: true), new RedirectRemoved(Redirect)],
            play.Events.Skip(1).Select(one => one.Event));
        Assert.Equal(1, play.Events[^1].Cause);
    }

    [Fact]
    public void A_result_has_changed_or_failed_if_any_part_of_it_has()
    {
        var nothing = new RedirectResult(Family.Ipv4, 1, [], []);
        var came = new RuleCame(Redirect, IsRedirect: true);
        var failure = new ChangeFailed(Redirect, "no");

        Assert.False(nothing.HasChanged || nothing.HasFailed);
        Assert.True((nothing with { Facts = [came] }).HasChanged);
        Assert.True((nothing with { Elapsed = TimeSpan.Zero }).HasChanged);
        Assert.True((nothing with { Left = [nothing] }).HasChanged);
        Assert.False((nothing with { Facts = [came], Left = [nothing] }).HasFailed);
        Assert.True((nothing with { Facts = [came, failure] }).HasFailed);
        Assert.True((nothing with { Left = [nothing, nothing with { Facts = [failure] }] }).HasFailed);
    }

    private static Play WithRedirect() =>
        new Play(null, Family.Ipv4).Take(Changed([], [new RuleCame(Redirect, IsRedirect: true)], isMend: false));

    private static RedirectChanged Changed(
        IReadOnlyList<string> found, IReadOnlyList<RuleFact> facts, bool isMend) => new(
            Given.Second(1),
            new RedirectResult(Family.Ipv4, 1, found, facts, TimeSpan.FromMilliseconds(5), isMend));

    private static RuleChange Change(string rule) =>
        new(Family.Ipv4, rule, "iptables-restore", 0, TimeSpan.FromMilliseconds(5));
}
