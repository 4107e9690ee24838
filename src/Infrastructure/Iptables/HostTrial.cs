using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// Finds out what this host can do by doing it: a chain that nothing leads to, with each kind of rule that a gate has,
/// and a set, made and taken away again. A version or a list of modules says less.
/// </summary>
/// <param name="run">Runs iptables.</param>
/// <param name="isLeased">Whether the gate's redirects are to match a set.</param>
public sealed class HostTrial(CommandRunner run, bool isLeased)
{
    /// <summary>What the names of chains and sets begin with that nothing leads to.</summary>
    private const string Prefix = "GALERAGATE-TRY-";
    private const ushort NoGate = 0;
    private const string SetPart = "-m set";

    /// <summary>Of this process alone: a doctor and a daemon that starts may try at the same time.</summary>
    private static readonly string Chain = $"{Prefix}{Environment.ProcessId}";

    /// <summary>What a gate's rules are made of, and the kernel module that does it.</summary>
    private static readonly (string Words, string Rule, string Module)[] Parts =
    [
        ("-m conntrack", "-m conntrack --ctstate INVALID -j RETURN", "xt_conntrack"),
        ("-m comment", "-m comment --comment \"galeragate:try\" -j RETURN", "xt_comment"),
        ("-m addrtype", "-m addrtype --dst-type LOCAL -j RETURN", "xt_addrtype"),
        (SetPart, $"-p tcp -m set --match-set {Chain} dst -j RETURN", "xt_set"),
        ("-j DNAT", "-p tcp -m tcp --dport 3308 -j DNAT --to-destination :3306", "xt_nat"),
    ];

    private readonly IptablesCommand _iptables = new(run);

    /// <summary>What the set needs; null when it can be made.</summary>
    public static Inability? TrySet()
    {
        using var set = new KernelLease(Chain, NoGate, TimeSpan.FromSeconds(1));
        var trouble = set.Refresh();
        return (set.Remove() ?? trouble) is { } why ? IptablesInability.OfSet(why) : null;
    }

    /// <summary>Takes away what a trial that was ended half-way has left.</summary>
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

    /// <summary>What the families' tables cannot do, one entry for each that cannot.</summary>
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

                // A lock that is held for one family is held for the other: that is no news worth another second.
                if (unable.GetValueOrDefault(family) is { IsPassing: true })
                {
                    break;
                }
            }
        }
        finally
        {
            // nf_tables lets go of the set a moment after the rule is gone.
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

        // A gate also reads what is there: iptables changes some tables that it cannot read.
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

        // Which of them it is: each on its own.
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
    /// The rules, and away with them, by one command that is never ended half-way: it does both also when this process
    /// is killed.
    /// </summary>
    private Task<CommandOutcome> MakeAsync(Family family, IEnumerable<string> rules)
    {
        var lines = string.Concat(rules.Select(rule => $"-A {Chain} {rule}\n"));
        return _iptables.RestoreAsync(
            family, $"*nat\n:{Chain} - [0:0]\n{lines}COMMIT\n{Away(Chain)}", CancellationToken.None);
    }
}
