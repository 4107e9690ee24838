using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// The nat tables and the lease of one host, and an iptables that reads and changes them as the real one does: atomic
/// restores, a lock, exit codes. The tables of nftables are in <see cref="Nftables"/>.
/// </summary>
internal sealed class SimulatedKernel : ILease
{
    private static readonly string[] Hooks = ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"];

    private readonly VirtualTime _time;
    private readonly Random _random;
    private readonly Random _backends;
    private readonly Dictionary<Family, Table> _tables = new()
    {
        [Family.Ipv4] = new Table(),
        [Family.Ipv6] = new Table(),
    };
    private TimeSpan _lockedUntil;
    private readonly Dictionary<Family, TimeSpan> _failsUntil =
        Enum.GetValues<Family>().ToDictionary(family => family, _ => default(TimeSpan));
    private TimeSpan _leaseUntil;
    private TimeSpan? _suspended;
    private Dictionary<Family, Table>? _saved;

    /// <param name="backends">
    /// A separate source of randomness for nftables. Hosts that only have iptables never use it, so their histories
    /// stay the same.
    /// </param>
    public SimulatedKernel(VirtualTime time, Random random, Random backends)
    {
        (_time, _random, _backends) = (time, random, backends);
        Nftables = new SimulatedNftables(time, backends);
        Nftables.RulesetFlushed += () =>
        {
            foreach (var family in _tables.Keys)
            {
                _tables[family] = new Table();
            }
        };
    }

    public SimulatedNftables Nftables { get; }

    /// <summary>Whether other programs also change tables of nftables.</summary>
    public bool HasNftables { get; set; }

    /// <summary>The generation as nf_tables counts it: each change by any program adds one.</summary>
    public ulong Generation => Nftables.Generation;

    /// <summary>The longest that a command takes, in milliseconds.</summary>
    public int SlowestCommand { get; set; } = 20;

    /// <summary>
    /// Commands wait for the lock or fail, or did until so recently that the daemon may not have retried yet: it
    /// retries every second.
    /// </summary>
    public bool IsInTrouble
    {
        get
        {
            var until = Nftables.TroubleUntil > _lockedUntil ? Nftables.TroubleUntil : _lockedUntil;
            foreach (var one in _failsUntil.Values)
            {
                until = one > until ? one : until;
            }

            return _time.Now < until + TimeSpan.FromMilliseconds(1000 + (3 * SlowestCommand));
        }
    }

    public void HoldLock(double seconds)
    {
        _lockedUntil = _time.Now + TimeSpan.FromSeconds(seconds);
        if (HasNftables)
        {
            Nftables.Churn(_lockedUntil);
        }
    }

    /// <param name="only">The only family whose changes fail; null for all.</param>
    public void Fail(double seconds, Family? only = null)
    {
        if (HasNftables && only is null or Family.Inet)
        {
            Nftables.Fail(_time.Now + TimeSpan.FromSeconds(seconds));
        }

        foreach (var family in _tables.Keys.Where(family => only is null || family == only))
        {
            _failsUntil[family] = _time.Now + TimeSpan.FromSeconds(seconds);
        }
    }

    public void EndTrouble()
    {
        HoldLock(0);
        Fail(0);
    }

    /// <summary>The kernel's jiffies stand still, and with them everything that expires.</summary>
    public void Suspend() => _suspended ??= _time.Now;

    public void Resume()
    {
        var slept = _time.Now - (_suspended ?? _time.Now);
        _leaseUntil += slept;
        Nftables.Shift(slept);
        _suspended = null;
    }

    /// <summary>True if a client of this family gets through.</summary>
    public bool LetsIn(Family family) => LetsIn(family, leased: true);

    /// <summary>True if a client gets through a redirect that has no lease: another program made it.</summary>
    public bool HasUnleased => LetsIn(Family.Ipv4, leased: false) || LetsIn(Family.Ipv6, leased: false);

    public TimeSpan Length { get; } = TimeSpan.FromSeconds(5);

    public bool Lives() => (_suspended ?? _time.Now) < _leaseUntil;

    public string? Prepare() => null;

    public string? Refresh()
    {
        _leaseUntil = _time.Now + Length;
        return null;
    }

    public string? Drop()
    {
        _leaseUntil = _time.Now;
        return null;
    }

    /// <summary>Destroys the set as ipset does: a set that a rule names stays.</summary>
    public string? RemoveSet()
    {
        var rules = _tables.Values.SelectMany(table => table.All);
        return rules.Any(rule => rule.Contains(" --match-set ", StringComparison.Ordinal)) ? "a rule names it" : Drop();
    }

    public IReadOnlyList<string> Redirects(Family family) => family == Family.Inet
        ? Nftables.Redirects
        : [.. _tables[family].All.Where(rule => TableRules.IsRedirect(rule))];

    public string Listing(Family family) => $"{_tables[family].Print()}\n{Nftables.Listing}";

    /// <summary>A host has empty tables after a boot.</summary>
    public void Boot()
    {
        foreach (var family in _tables.Keys)
        {
            _tables[family] = new Table();
        }

        Nftables.Boot();
        _leaseUntil = TimeSpan.Zero;
        EndTrouble();
    }

    /// <summary>As nft list ruleset does, or else iptables-save and ipset save.</summary>
    public void Save(bool isNative)
    {
        _saved = isNative ? null : _tables.ToDictionary(table => table.Key, table => table.Value.With("")!);
        Nftables.Save(isNative);
    }

    /// <summary>
    /// Another program puts back what was saved: rules, sets, and elements that last as long as they did then. Not if
    /// the other backend keeps the gate now: that such rules are open until their element ends is known.
    /// </summary>
    public void RestoreSaved(bool isNative)
    {
        if (isNative ? !Nftables.RestoreSaved(Length) : _saved is null)
        {
            return;
        }

        foreach (var (family, table) in _saved ?? [])
        {
            (_tables[family], _leaseUntil) = (table.With("")!, _time.Now + Length);
        }

        (MeddledAt, RestoredAt) = (_time.Now, _time.Now);
        Nftables.Generation++;
    }

    public TimeSpan RestoredAt { get; private set; } = TimeSpan.MinValue / 2;

    /// <summary>When another program last changed the tables.</summary>
    public TimeSpan MeddledAt { get; private set; } = TimeSpan.MinValue / 2;

    /// <summary>Another program changes the tables.</summary>
    public void Meddle()
    {
        if (HasNftables && _backends.Next(2) == 0)
        {
            Nftables.Meddle(() => MeddledAt = _time.Now);
            return;
        }

        MeddledAt = _time.Now;
        var table = _tables[_random.Next(2) == 0 ? Family.Ipv4 : Family.Ipv6];
        var own = table.Chains.Keys.FirstOrDefault(chain => !Hooks.Contains(chain));
        switch (_random.Next(7))
        {
            case 0:
                // iptables -t nat -F
                foreach (var rules in table.Chains.Values)
                {
                    rules.Clear();
                }

                break;
            case 1:
                _ = table.Chains["PREROUTING"].RemoveAll(rule => rule.Contains("GALERAGATE", StringComparison.Ordinal));
                break;
            case 2 when own is not null && table.Chains[own].Count > 0:
                table.Chains[own].RemoveAt(_random.Next(table.Chains[own].Count));
                break;
            case 3 when own is not null && table.Chains[own].Count > 0:
                table.Chains[own].Add(table.Chains[own][_random.Next(table.Chains[own].Count)]);
                break;
            case 4 when own is not null:
                table.Chains[own].Add($"-A {own} -p tcp -m tcp --dport 3308 -j DNAT --to-destination :3306");
                break;
            case 5:
                // ipset flush
                _ = Drop();
                break;
            default:
                table
                    .Chains["PREROUTING"]
                    .Insert(0, "-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80");
                break;
        }

        table.Forget();
        Nftables.Generation++;
    }

    /// <summary>The effect of a command that a process runs.</summary>
    public async Task<CommandOutcome> RunAsync(
        string name, string[] arguments, string input, CancellationToken cancellationToken)
    {
        const int LockBusy = 4;
        const int Broken = 1;
        var argv = $"{name} {string.Join(' ', arguments)}";
        var family = name.StartsWith("ip6", StringComparison.Ordinal) ? Family.Ipv6 : Family.Ipv4;
        var started = _time.Now;
        CommandOutcome Outcome(int exitCode, string output = "", string error = "") =>
            new(argv, exitCode, output, error, _time.Now - started);

        if (arguments is ["--version"])
        {
            return Outcome(0, "iptables v1.8.9 (nf_tables)");
        }

        var isRestore = name.Contains("restore", StringComparison.Ordinal);
        try
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(2, SlowestCommand)), _time, cancellationToken);
            while (isRestore && _time.Now < _lockedUntil)
            {
                if (_time.Now - started > TimeSpan.FromSeconds(1))
                {
                    return Outcome(LockBusy);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The command was killed before or after it did its work.
            if (isRestore && _time.Now >= _lockedUntil && _random.Next(2) == 0)
            {
                Restore(family, input);
            }

            return Outcome(-1, "", "was ended: it is no longer wanted");
        }

        return _time.Now < _failsUntil[family] ? Outcome(Broken, "", "Could not fetch rule set generation id")
            : !isRestore ? Outcome(0, _tables[family].Print())
            : Restore(family, input) ? Outcome(0) : Outcome(2, "", "Bad rule");
    }

    /// <summary>A redirect of nftables comes first; iptables handles what it leaves.</summary>
    private bool LetsIn(Family family, bool leased) =>
        Nftables.Leads(_suspended ?? _time.Now, leased) ?? _tables[family].LetsIn(leased && Lives());

    private bool Restore(Family family, string input)
    {
        var changed = _tables[family].With(input);
        if (changed is null)
        {
            return false;
        }

        _tables[family] = changed;
        Nftables.Generation++;
        return true;
    }

    /// <summary>Chains by name, each with its rules as iptables -S prints them.</summary>
    private sealed class Table
    {
        /// <summary>Cached because they are needed at every step.</summary>
        private bool? _leased;
        private bool? _unleased;

        public SortedDictionary<string, List<string>> Chains { get; } =
            new(Hooks.ToDictionary(hook => hook, _ => new List<string>()), StringComparer.Ordinal);

        public IEnumerable<string> All => Chains.Values.SelectMany(rules => rules);

        public bool LetsIn(bool leased) =>
            leased ? _leased ??= Redirects(leased) : _unleased ??= Redirects(leased);

        /// <summary>The chains were changed in place.</summary>
        public void Forget() => (_leased, _unleased) = (null, null);

        private bool Redirects(bool leased) =>
            Chains["PREROUTING"]
                .Select(rule => rule.Split(" -j ")[^1])
                .Where(Chains.ContainsKey)
            .Any(chain =>
                Chains[chain]
                    .Any(rule =>
                        rule.Contains("--dport 3308", StringComparison.Ordinal)
                        && TableRules.IsRedirect(rule)
                        && (leased || !rule.Contains(" --match-set ", StringComparison.Ordinal))));

        public string Print() => string.Join('\n', [
            .. Hooks.Select(hook => $"-P {hook} ACCEPT"),
            .. Chains.Keys.Except(Hooks).Select(chain => $"-N {chain}"),
            .. All,
        ]);

        /// <summary>
        /// The table after a restore without flush, all or nothing; null when a line is not possible.
        /// </summary>
        public Table? With(string input)
        {
            var table = new Table();
            foreach (var (chain, rules) in Chains)
            {
                table.Chains[chain] = [.. rules];
            }

            foreach (var line in input
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line is not ("*nat" or "COMMIT")))
            {
                if (!table.Take(line))
                {
                    return null;
                }
            }

            return table;
        }

        private bool Take(string line)
        {
            if (line[0] == ':')
            {
                Chains[line[1..].Split(' ')[0]] = [];
                return true;
            }

            var words = line.Split(' ', 3);
            if (!Chains.TryGetValue(words[1], out var rules))
            {
                return false;
            }

            switch (words[0])
            {
                case "-A":
                    rules.Add(line);
                    return true;
                case "-I":
                    rules.Insert(0, $"-A {words[1]} {words[2].Split(' ', 2)[1]}");
                    return true;
                case "-D":
                    return rules.Remove("-A" + line[2..]);
                case "-F":
                    rules.Clear();
                    return true;
                case "-X":
                    return rules.Count == 0 && Chains.Remove(words[1]);
                default:
                    return false;
            }
        }
    }
}
