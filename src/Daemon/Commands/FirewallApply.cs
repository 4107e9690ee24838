using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;

namespace GaleraGate.Daemon.Commands;

/// <summary>
/// Installs the node's own firewall, or takes it away. Before anything changes a second process is begun that puts everything back unless it is told to
/// keep: it outlives this one, its terminal and its session, so that nobody locks himself out.
/// </summary>
internal static class FirewallApply
{
    private const string Keep = "keep";
    private const string TakeBackVerb = "take-back";

    /// <summary>How long the changes themselves may take where nobody is asked: a process that died over them is undone by then.</summary>
    private static readonly TimeSpan Unasked = TimeSpan.FromMinutes(1);

    public static Command Apply()
    {
        var within = new Option<string>("--confirm-within") { Description = "take the rules back unless yes is typed within this time; off: ask nothing [default: 60s]", HelpName = "TIME", DefaultValueFactory = _ => "60s" };
        var command = new Command("apply", "Put the planned rules into the filter table, all or nothing, and keep them over a reboot; taken back unless confirmed");
        var settings = FirewallPlan.SettingsFor(command);
        command.Options.Add(within);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var limit = parsed.GetValue(within) is "off" ? (TimeSpan?)null
                : Duration.Parse(parsed.GetValue(within)!) is { } time && time >= TimeSpan.FromSeconds(1) && time <= TimeSpan.FromHours(1) ? time
                : throw new FormatException($"--confirm-within takes a duration from 1s to 1h, or off, not '{parsed.GetValue(within)}'");
            var rules = await FirewallPlan.RulesOf(settings.With(parsed), cancellationToken);
            return await MakeAsync(rules.Chain, rules.Wanted, limit, cancellationToken);
        });
        return command;
    }

    public static Command Remove()
    {
        var command = new Command("remove", "Take the planned rules away, from the filter table and from what is kept over a reboot");
        var settings = Settings.For(command, [OptionTable.GatePort]);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var chain = new ClusterRules { GatePort = settings.With(parsed).Port("gate-port"), ServerPort = 1 }.Chain;
            return await MakeAsync(chain, null, null, cancellationToken);
        });
        return command;
    }

    /// <summary>What the second process is started as.</summary>
    public static Command TakeBack()
    {
        var (chain, limit) = (new Argument<string>("CHAIN"), new Argument<string>("TIME"));
        var command = new Command(TakeBackVerb, "Put the filter rules back unless told to keep them") { chain, limit };
        command.Hidden = true;
        command.SetAction(async (parsed, _) => await TakeBackAsync(parsed.GetValue(chain)!, Duration.Parse(parsed.GetValue(limit)!) ?? throw new FormatException("a time")));
        return command;
    }

    /// <param name="wanted">What each family should hold of the chain; null: nothing.</param>
    /// <param name="confirmWithin">Null: nobody is asked.</param>
    private static async Task<int> MakeAsync(string chain, Func<Family, TableRules>? wanted, TimeSpan? confirmWithin, CancellationToken cancellationToken)
    {
        var firewall = new ClusterFirewall(chain);
        var families = Families.OfThisHost();
        using var keeper = await StartKeeperAsync(chain, confirmWithin ?? Unasked);
        if (keeper is null)
        {
            return 1;
        }

        try
        {
            foreach (var family in families)
            {
                await firewall.MakeAsync(family, wanted?.Invoke(family) ?? TableRules.Nothing(chain), cancellationToken);
            }
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"galeragate: {e.Message}; {await EndAsync(keeper, keep: false)}");
            return 1;
        }

        var isKept = confirmWithin is not { } limit || await ConfirmedAsync(limit);
        var outcome = await EndAsync(keeper, isKept);
        if (!isKept)
        {
            Console.WriteLine($"not confirmed: {outcome}");
            return 1;
        }

        foreach (var line in families.Select(family => PersistedRules.Write(family, chain, wanted?.Invoke(family))).Where(line => line.Length > 0))
        {
            Console.WriteLine(line);
        }

        Console.WriteLine(wanted is null ? $"{chain} is gone" : $"{chain} is in force");
        return 0;
    }

    private static async Task<bool> ConfirmedAsync(TimeSpan limit)
    {
        Console.Write($"The rules are in force. Open a new connection to this host; if it works, type yes within {Duration.Format(limit)}: ");
        if (await LineWithinAsync(limit) is { } answer)
        {
            return answer.Trim() == "yes";
        }

        Console.WriteLine();
        return false;
    }

    /// <summary>The process that takes back, when it has seen what there is; null where it cannot, which it has said.</summary>
    private static async Task<Process?> StartKeeperAsync(string chain, TimeSpan limit)
    {
        var keeper = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["firewall", TakeBackVerb, chain, Duration.Format(limit)]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        if (await keeper.StandardOutput.ReadLineAsync() is not null)
        {
            return keeper;
        }

        keeper.Dispose();
        return null;
    }

    /// <summary>Tells the keeper what to do, and what came of it.</summary>
    private static async Task<string> EndAsync(Process keeper, bool keep)
    {
        try
        {
            if (keep)
            {
                await keeper.StandardInput.WriteLineAsync(Keep);
            }

            keeper.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has not waited: its exit code tells.
        }

        await keeper.WaitForExitAsync(CancellationToken.None);
        return keeper.ExitCode == 0 ? "the rules are as they were before" : "the rules could not be put back: look at the filter table";
    }

    private static async Task<int> TakeBackAsync(string chain, TimeSpan limit)
    {
        OwnSession.Begin();
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var firewall = new ClusterFirewall(chain);
        try
        {
            var before = new Dictionary<Family, TableRules>();
            foreach (var family in Families.OfThisHost())
            {
                before[family] = await firewall.ReadAsync(family, CancellationToken.None);
            }

            Console.WriteLine("ready");
            foreach (var (family, rules) in await LineWithinAsync(limit) == Keep ? [] : before)
            {
                await firewall.MakeAsync(family, rules, CancellationToken.None);
            }

            return 0;
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"galeragate: {e.Message}");
            return 1;
        }
    }

    /// <summary>What is typed; null where nothing is in time, or nothing more can be.</summary>
    private static async Task<string?> LineWithinAsync(TimeSpan limit)
    {
        using var waiting = new CancellationTokenSource(limit);
        try
        {
            return await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(waiting.Token);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
