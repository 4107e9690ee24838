using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// Installs the node's own firewall, or removes it. A second process makes the change and rolls it back unless it is
/// confirmed. That process outlives this one, its terminal and its session, so an operator cannot lock himself out.
/// </summary>
internal static class ApplyCommand
{
    private const string KeeperVerb = "take-back";

    public static Command Apply()
    {
        var within = new Option<string>("--confirm-within")
        {
            Description = "take the rules back unless yes is typed within this time; off: ask nothing [default: 60s]",
            HelpName = "TIME",
            DefaultValueFactory = _ => "60s",
        };
        var command = new Command(
            "apply",
            "Put the planned rules into the filter table, all or nothing, and keep them over a reboot; "
            + "taken back unless confirmed");
        var settings = PlanCommand.SettingsFor(command);
        command.Options.Add(within);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = LimitOf(parsed.GetValue(within)!);
            var rules = await PlanCommand.RulesOf(settings.With(parsed), cancellationToken);
            return await MakeAsync(new FirewallChange(rules.Chain, false, limit, Wanted(rules.Wanted)));
        });
        return command;
    }

    public static Command Remove()
    {
        var command = new Command(
            "remove", "Take the planned rules away, from the filter table and from what is kept over a reboot");
        var settings = Settings.For(command, [OptionTable.GatePort]);
        command.SetAction(async (parsed, _) =>
        {
            var chain = new ClusterRules { GatePort = settings.With(parsed).Port("gate-port"), ServerPort = 1 }.Chain;
            return await MakeAsync(new FirewallChange(chain, true, null, Wanted(_ => FilterRules.Nothing(chain))));
        });
        return command;
    }

    /// <summary>The hidden command that the second process runs.</summary>
    public static Command Keeper()
    {
        const string Help = "Make a change of the filter rules, and put it back unless it is confirmed";
        var command = new Command(KeeperVerb, Help) { Hidden = true };
        command.SetAction(async (_, _) => await FirewallKeeper.RunAsync());
        return command;
    }

    private static TimeSpan? LimitOf(string text) => text == "off" ? null
        : Duration.Parse(text) is { } time && time >= TimeSpan.FromSeconds(1) && time <= TimeSpan.FromHours(1) ? time
        : throw new FormatException($"--confirm-within takes a duration from 1s to 1h, or off, not '{text}'");

    private static List<WantedRules> Wanted(Func<Family, FilterRules> rules) =>
        [.. Families.OfThisHost().Select(family => new WantedRules(family, rules(family)))];

    private static async Task<int> MakeAsync(FirewallChange change)
    {
        using var kept = new KeptChange(change, Environment.ProcessPath!, ["firewall", KeeperVerb]);
        return await kept.FollowAsync();
    }
}
