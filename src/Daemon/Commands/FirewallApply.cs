using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;

namespace GaleraGate.Daemon.Commands;

/// <summary>
/// Installs the node's own firewall, or takes it away. Before anything changes a second process is begun that puts everything back unless it is told to
/// keep: it outlives this one, its terminal and its session, so that nobody locks himself out.
/// </summary>
internal static partial class FirewallApply
{
    private const string Keep = "keep";
    private const string TakeBackVerb = "take-back";

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
        var command = new Command(TakeBackVerb, "Put the filter rules back unless told to keep them") { Hidden = true };
        command.SetAction(async (_, _) => await TakeBackAsync());
        return command;
    }

    /// <param name="wanted">What each family should hold of the chain; null: nothing.</param>
    private static async Task<int> MakeAsync(string chain, Func<Family, TableRules>? wanted, TimeSpan? confirmWithin, CancellationToken cancellationToken)
    {
        var firewall = new ClusterFirewall(chain);
        var families = Families.OfThisHost();
        var keeper = (Process?)null;
        try
        {
            var before = new Dictionary<Family, TableRules>();
            foreach (var family in families)
            {
                before[family] = await firewall.ReadAsync(family, cancellationToken);
            }

            keeper = confirmWithin is { } limit ? await StartKeeperAsync(chain, before, limit) : null;
            try
            {
                foreach (var family in families)
                {
                    await firewall.MakeAsync(family, wanted?.Invoke(family) ?? TableRules.Nothing(chain), cancellationToken);
                }
            }
            catch (InvalidOperationException)
            {
                foreach (var (family, rules) in before)
                {
                    await firewall.MakeAsync(family, rules, CancellationToken.None);
                }

                throw;
            }

            if (keeper is not null && !await ConfirmedAsync(keeper, confirmWithin!.Value))
            {
                return 1;
            }

            foreach (var line in families.Select(family => PersistedRules.Write(family, chain, wanted?.Invoke(family))).Where(line => line.Length > 0))
            {
                Console.WriteLine(line);
            }

            Console.WriteLine(wanted is null ? $"{chain} is gone" : $"{chain} is in force");
            return 0;
        }
        catch (InvalidOperationException e)
        {
            await Console.Error.WriteLineAsync($"galeragate: {e.Message}; nothing has changed");
            return 1;
        }
        finally
        {
            keeper?.Dispose();
        }
    }

    private static async Task<bool> ConfirmedAsync(Process keeper, TimeSpan limit)
    {
        Console.Write($"The rules are in force. Open a new connection to this host; if it works, type yes within {Duration.Format(limit)}: ");
        using var waiting = new CancellationTokenSource(limit);
        string? answer = null;
        try
        {
            answer = await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(waiting.Token);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine();
        }

        var isKept = answer?.Trim() == "yes";
        if (isKept)
        {
            await keeper.StandardInput.WriteLineAsync(Keep);
        }

        keeper.StandardInput.Close();
        await keeper.WaitForExitAsync(CancellationToken.None);
        if (!isKept)
        {
            Console.WriteLine(keeper.ExitCode == 0 ? "not confirmed: the rules are as they were before" : "not confirmed, and the rules could not be put back: look at the filter table");
        }

        return isKept;
    }

    private static async Task<Process> StartKeeperAsync(string chain, Dictionary<Family, TableRules> before, TimeSpan limit)
    {
        var keeper = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["firewall", TakeBackVerb]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var text = new StringBuilder($"{chain}\n{(long)limit.TotalMilliseconds}\n");
        foreach (var (family, rules) in before)
        {
            foreach (var rule in rules.Rules is null ? [] : (string[])["chain", .. rules.Rules, .. rules.Jumps])
            {
                _ = text.Append(family).Append(' ').Append(rule).Append('\n');
            }
        }

        await keeper.StandardInput.WriteAsync(text.Append('\n'));
        await keeper.StandardInput.FlushAsync();
        return await keeper.StandardOutput.ReadLineAsync() is not null ? keeper : throw new InvalidOperationException("the process that would take the rules back does not start");
    }

    private static async Task<int> TakeBackAsync()
    {
        _ = StartSession();
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        var (chain, limit, before) = ReadTask();
        Console.WriteLine("ready");
        using var waiting = new CancellationTokenSource(limit);
        try
        {
            if (await Task.Run(Console.In.ReadLine, CancellationToken.None).WaitAsync(waiting.Token) == Keep)
            {
                return 0;
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody has said anything.
        }

        foreach (var family in Families.OfThisHost())
        {
            var rules = before.Where(one => one.Family == family).Select(one => one.Rule).ToList();
            await new ClusterFirewall(chain).MakeAsync(
                family,
                rules.Count == 0 ? TableRules.Nothing(chain) : new TableRules(chain, [.. rules.Where(rule => rule.StartsWith($"-A {chain} ", StringComparison.Ordinal))], [.. rules.Where(rule => rule.EndsWith($" -j {chain}", StringComparison.Ordinal))]),
                CancellationToken.None);
        }

        return 0;
    }

    private static (string Chain, TimeSpan Limit, List<(Family Family, string Rule)> Before) ReadTask()
    {
        var chain = Console.In.ReadLine()!;
        var limit = TimeSpan.FromMilliseconds(long.Parse(Console.In.ReadLine()!, CultureInfo.InvariantCulture));
        var before = new List<(Family Family, string Rule)>();
        while (Console.In.ReadLine() is { Length: > 0 } line)
        {
            var words = line.Split(' ', 2);
            before.Add((Enum.Parse<Family>(words[0]), words[1]));
        }

        return (chain, limit, before);
    }

    [LibraryImport("libc", EntryPoint = "setsid")]
    private static partial int StartSession();
}
