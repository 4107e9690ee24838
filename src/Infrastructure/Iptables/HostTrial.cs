using GaleraGate.Domain.Events;
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
    private const string Chain = "GALERAGATE-TRY";
    private const ushort NoGate = 0;
    private const string SetPart = "-m set";

    /// <summary>What a gate's rules are made of, and the kernel module that does it.</summary>
    private static readonly (string Words, string Rule, string Module)[] Parts =
    [
        ("-m conntrack", "-m conntrack --ctstate INVALID -j RETURN", "xt_conntrack"),
        ("-m comment", "-m comment --comment \"galeragate:try\" -j RETURN", "xt_comment"),
        ("-m addrtype", "-m addrtype --dst-type LOCAL -j RETURN", "xt_addrtype"),
        (SetPart, $"-p tcp -m set --match-set {KernelLease.SetOf(NoGate)} dst -j RETURN", "xt_set"),
        ("-j DNAT", "-p tcp -m tcp --dport 3308 -j DNAT --to-destination :3306", "xt_nat"),
    ];

    private readonly IptablesCommand _iptables = new(run);

    /// <summary>What the set needs; null when it can be made.</summary>
    public static Inability? TrySet()
    {
        using var set = new KernelLease(NoGate, TimeSpan.FromSeconds(1));
        var trouble = set.Refresh();
        return (set.Remove() ?? trouble) is { } why ? Inability.OfSet(why) : null;
    }

    /// <summary>What the families' tables cannot do, one entry for each that cannot.</summary>
    public async Task<IReadOnlyDictionary<Family, Inability>> TryAsync(
        IEnumerable<Family> families, CancellationToken cancellationToken)
    {
        const int Tries = 20;
        using var set = new KernelLease(NoGate, TimeSpan.FromSeconds(1));
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
            return Inability.NotInstalled(name);
        }

        // A gate also reads what is there: iptables changes some tables that it cannot read.
        var listed = await _iptables.ListAsync(family, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (!listed.Succeeded)
        {
            return Inability.Of(name, listed, null);
        }

        var parts = Parts.Where(part => hasSet || part.Words != SetPart).ToList();
        var all = await MakeAsync(family, parts.Select(part => part.Rule), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (all.Succeeded)
        {
            return null;
        }

        // Which of them it is: each on its own.
        foreach (var (words, rule, module) in parts)
        {
            var one = await MakeAsync(family, [rule], cancellationToken);
            if (!one.Succeeded)
            {
                var isAlone = (await MakeAsync(family, [], cancellationToken)).Succeeded;
                return Inability.Of(name, one, isAlone ? (words, module) : null);
            }
        }

        return Inability.Of(name, all, null);
    }

    /// <summary>The rules, and away with them; what the first command did counts.</summary>
    private async Task<CommandOutcome> MakeAsync(
        Family family, IEnumerable<string> rules, CancellationToken cancellationToken)
    {
        var lines = string.Concat(rules.Select(rule => $"-A {Chain} {rule}\n"));
        var made = await _iptables.RestoreAsync(family, $"*nat\n:{Chain} - [0:0]\n{lines}COMMIT\n", cancellationToken);
        if (made.Succeeded || cancellationToken.IsCancellationRequested)
        {
            _ = await _iptables.RestoreAsync(
                family, $"*nat\n-F {Chain}\n-X {Chain}\nCOMMIT\n", CancellationToken.None);
        }

        return made;
    }
}
