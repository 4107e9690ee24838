using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// Finds out what this host can do by doing it: it creates and removes a chain that no rule jumps to, with each kind of
/// rule that a gate has, and a set. That is more reliable than a version or a list of modules.
/// </summary>
/// <param name="run">Runs iptables.</param>
/// <param name="isLeased">Whether the gate's redirects match a set.</param>
public sealed class HostTrial(CommandRunner run, bool isLeased)
{
    /// <summary>The prefix of names of trial chains and sets, to which no rule leads.</summary>
    private const string Prefix = "GALERAGATE-TRY-";
    private const ushort NoGate = 0;
    private const string SetPart = "-m set";

    /// <summary>Includes this process's id: a doctor and a starting daemon may test at the same time.</summary>
    private static readonly string Chain = $"{Prefix}{Environment.ProcessId}";

    /// <summary>The parts of a gate's rules, and the kernel module for each.</summary>
    private static readonly (string Words, string Rule, string Module)[] Parts =
    [
        ("-m conntrack", "-m conntrack --ctstate INVALID -j RETURN", "xt_conntrack"),
        ("-m comment", "-m comment --comment \"galeragate:try\" -j RETURN", "xt_comment"),
        ("-m addrtype", "-m addrtype --dst-type LOCAL -j RETURN", "xt_addrtype"),
        (SetPart, $"-p tcp -m set --match-set {Chain} dst -j RETURN", "xt_set"),
        ("-j DNAT", "-p tcp -m tcp --dport 3308 -j DNAT --to-destination :3306", "xt_nat"),
    ];

    private readonly IptablesCommand _iptables = new(run);

    /// <summary>What the set needs; null if it can be created.</summary>
    public static Inability? TrySet()
    {
        using var set = new KernelLease(Chain, NoGate, TimeSpan.FromSeconds(1));
        var trouble = set.Refresh();
        return (set.Remove() ?? trouble) is { } why ? IptablesInability.OfSet(why) : null;
    }

    /// <summary>Removes what an interrupted trial has left.</summary>
    public static async Task ClearAsync(IEnumerable<Family> families, CancellationToken cancellationToken)
    {
        var iptables = new IptablesCommand(SystemCommand.RunAsync);
        foreach (var family in families)
        {
            var listed = await iptables.ListAsync(family, cancellationToken);
            foreach (var chain in listed.Output.Split('\n')
                .Where(line => line.StartsWith($"-N {Prefix}", StringComparison.Ordinal)))
            {
                _ = await iptables.RestoreAsync(family, Away(chain[3..]), cancellationToken);
            }
        }

        using var all = new KernelLease(NoGate, TimeSpan.Zero);
        foreach (var name in all.Names().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var set = new KernelLease(name, NoGate, TimeSpan.Zero);
            _ = set.Remove();
        }
    }

    /// <summary>What is not possible, one entry for each address family that has a problem.</summary>
    public async Task<IReadOnlyDictionary<Family, Inability>> TryAsync(
        IEnumerable<Family> families, CancellationToken cancellationToken)
    {
        const int Tries = 20;
        using var set = new KernelLease(Chain, NoGate, TimeSpan.FromSeconds(1));
        var hasSet = isLeased && set.Prepare() is null;
        var unable = new Dictionary<Family, Inability>();
        try
        {
            foreach (var family in families)
            {
                if (await TryAsync(family, hasSet, cancellationToken) is { } inability)
                {
                    unable[family] = inability;
                }

                // A lock that is held for one family is held for the other too: do not wait another second.
                if (unable.GetValueOrDefault(family) is { IsPassing: true })
                {
                    break;
                }
            }
        }
        finally
        {
            // nf_tables releases the set shortly after the rule is gone.
            for (var left = Tries; hasSet && left > 0 && set.Remove() is not null; left--)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            }
        }

        return unable;
    }

    private async Task<Inability?> TryAsync(Family family, bool hasSet, CancellationToken cancellationToken)
    {
        var name = _iptables.Name(family);
        if (SystemCommand.Find(name) is null)
        {
            return IptablesInability.NotInstalled(name);
        }

        // A gate also lists rules: iptables can change some tables that it cannot list.
        var listed = await _iptables.ListAsync(family, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!listed.Succeeded)
        {
            return IptablesInability.Of(name, listed, null);
        }

        var parts = Parts.Where(part => hasSet || part.Words != SetPart).ToList();
        var all = await MakeAsync(family, parts.Select(part => part.Rule));
        if (all.Succeeded)
        {
            return null;
        }

        // Find out which part fails, by trying each separately.
        foreach (var (words, rule, module) in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var one = await MakeAsync(family, [rule]);
            if (!one.Succeeded)
            {
                var isAlone = (await MakeAsync(family, [])).Succeeded;
                return IptablesInability.Of(name, one, isAlone ? (words, module) : null);
            }
        }

        return IptablesInability.Of(name, all, null);
    }

    private static string Away(string chain) => $"*nat\n-F {chain}\n-X {chain}\nCOMMIT\n";

    /// <summary>
    /// Adds and removes the rules with one command that is never cancelled: it finishes even if this process is killed.
    /// </summary>
    private Task<CommandOutcome> MakeAsync(Family family, IEnumerable<string> rules)
    {
        var lines = string.Concat(rules.Select(rule => $"-A {Chain} {rule}\n"));
        return _iptables.RestoreAsync(
            family, $"*nat\n:{Chain} - [0:0]\n{lines}COMMIT\n{Away(Chain)}", CancellationToken.None);
    }
}
