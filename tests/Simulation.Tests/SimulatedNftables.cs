using System.Buffers.Binary;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Simulation.Tests;

/// <summary>The ways in which the kernel's answers go wrong.</summary>
internal enum NetlinkTrouble
{
    /// <summary>EPERM for each change; the tables can still be read.</summary>
    NotPermitted,

    /// <summary>EBUSY for changes and for lists.</summary>
    Busy,

    /// <summary>The change is made but its answer is lost (ENOBUFS).</summary>
    AnswerLost,

    /// <summary>Lists end half-way (EINTR); changes are accepted.</summary>
    Interrupted,

    /// <summary>Nothing is answered and nothing is done, including the generation.</summary>
    Deaf,
}

/// <summary>
/// nf_tables of one host as seen through its netlink socket, in the kernel's own messages. A transaction is accepted
/// whole or not at all, each one increments the generation, and elements of a set expire. Changes by other programs
/// happen between two messages of the daemon, wherever it is at that moment.
/// </summary>
internal sealed class SimulatedNftables(VirtualTime time, Random random) : INetlink
{
    private const int NotThere = 2;
    private const int NoAnswer = 5;
    private const int InUse = 16;
    private const int IsAnother = 17;
    private const int Overtaken = 85;
    private const ushort Append = 0x800;

    private readonly TableMessages _messages = new(Name);
    private Dictionary<string, NftTable> _tables = [];
    private Dictionary<string, NftTable>? _saved;
    private TimeSpan _failsUntil;
    private TimeSpan _busyUntil;
    private NetlinkTrouble _trouble;
    private (int Messages, Action Do)? _between;
    private (NftTable? Table, uint Generation, Led?[] Answers) _led = (null, 0, []);

    private sealed record Led(bool? To);

    public const string Name = "galeragate-3308";

    /// <summary>
    /// The generation of all tables: each change by any program adds one, including changes by iptables.
    /// </summary>
    public uint Generation { get; set; }

    /// <summary>A kernel before 6.12 does not change the timeout of an element that is added again.</summary>
    public bool KeepsTimeouts { get; set; }

    /// <summary>The kinds of trouble so far, so that a test can check that all of them occurred.</summary>
    public HashSet<NetlinkTrouble> Met { get; } = [];

    public TimeSpan TroubleUntil => _failsUntil > _busyUntil ? _failsUntil : _busyUntil;

    public void Fail(TimeSpan until)
    {
        _failsUntil = until;
        _trouble = (NetlinkTrouble)random.Next(Enum.GetValues<NetlinkTrouble>().Length);
    }

    /// <summary>Other programs change the tables between any two messages.</summary>
    public void Churn(TimeSpan until) => _busyUntil = until;

    public void Boot() => (_tables, Generation, _failsUntil, _busyUntil, _between) = ([], 0, default, default, null);

    /// <summary>Moves expiry times later by the time that the host slept.</summary>
    public void Shift(TimeSpan slept)
    {
        foreach (var table in _tables.Values)
        {
            foreach (var element in table.Elements.Keys.ToList())
            {
                table.Elements[element] += slept;
            }
        }
    }

    public void Save(bool isNative) =>
        _saved = isNative ? _tables.ToDictionary(table => table.Key, table => table.Value.Copy()) : null;

    /// <summary>Puts back the saved tables; each element lasts that long from now. False if none was saved.</summary>
    public bool RestoreSaved(TimeSpan lasts)
    {
        if (_saved is null)
        {
            return false;
        }

        _tables = _saved.ToDictionary(table => table.Key, table => table.Value.Copy());
        foreach (var table in _tables.Values)
        {
            foreach (var element in table.Elements.Keys.ToList())
            {
                table.Elements[element] = time.Now + lasts;
            }
        }

        return true;
    }

    /// <summary>The redirects of the gate's table, as the daemon names them.</summary>
    public IReadOnlyList<string> Redirects =>
        !_tables.TryGetValue(Name, out var table)
            ? []
            : [
                .. table.Rules
                    .Select(rule => $"rule inet {Name} {rule.Chain} {NftTable.Words(rule)}")
                    .Where(NativeTable.IsRedirect),
            ];

    public string Listing => string.Join('\n', _tables.SelectMany(table => table.Value.Rules.Select(
        rule => $"{table.Key} {rule.Chain} {NftTable.Words(rule)}")));

    /// <summary>What happens to a client: it reaches the server, is sent elsewhere, or neither.</summary>
    /// <param name="now">The current time by the clock of the kernel's timeouts.</param>
    /// <param name="leased">Whether rules that a lease keeps open count.</param>
    public bool? Leads(TimeSpan now, bool leased)
    {
        if (!_tables.TryGetValue(Name, out var table))
        {
            return null;
        }

        // Only a change, or the end of an element, gives another answer.
        var isHeld = leased && table.Holds(NftTable.Open, NftTable.GatePort, now);
        if (_led.Table != table || _led.Generation != Generation)
        {
            _led = (table, Generation, [null, null]);
        }

        return (_led.Answers[isHeld ? 1 : 0] ??= new Led(table.Leads(isHeld))).To;
    }

    /// <summary>Another program changes the tables, now or while the daemon works on them.</summary>
    public void Meddle(Action done)
    {
        Action what = random.Next(11) switch
        {
            0 => FlushRuleset,
            1 => () => _ = _tables.Remove(Name),
            2 => () => Own()?.Rules.Clear(),
            3 => () => Own()?.Rules.RemoveAll(rule => rule.Chain == "prerouting"),
            4 => () => RemoveOne(),
            5 => () => DoubleOne(),
            6 => () => Add(true, RulePart.ToPort(3308), RulePart.LedTo(3306)),
            7 => () => Add(false, RulePart.ToPort(3308), RulePart.Return),
            8 => () => Own()?.Elements.Clear(),
            9 => () => _ = Own() is { } table ? table.Flags = 1 : 0,
            _ => () => { },
        };
        void Do()
        {
            what();
            Generation++;
            done();
        }

        if (random.Next(2) == 0)
        {
            Do();
        }
        else
        {
            // At whatever point the daemon is then, and after 1 s at the latest.
            _between = (random.Next(1, 9), Do);
            time.After(1, EndBetween);
        }
    }

    public int Ask(ushort type, ushort flags, ReadOnlySpan<byte> body, Span<byte> answer)
    {
        Pass();
        if (IsIn(NetlinkTrouble.Deaf))
        {
            return 0;
        }

        var named = RuleReader.Parts(body[Netlink.NetfilterHeaderBytes..]);
        var found = _tables.GetValueOrDefault(RuleReader.TextOf(named[1]));
        byte[]? said = (type & 0xff) switch
        {
            16 => [0, 0, 0, 0, .. TableMessages.Number(1, Generation)],
            1 when found is not null => [.. TableMessages.Header, .. TableMessages.Number(2, found.Flags)],
            10 => found?.Sets.GetValueOrDefault(RuleReader.TextOf(named[2])),
            13 when found?.Holds(RuleReader.TextOf(named[2]), NftTable.PortOf(named[3]), time.Now) == true =>
                TableMessages.Header,
            _ => null,
        };
        var isGeneration = (type & 0xff) == 16;
        return said is null
            ? Frame(answer, 2, BitConverter.GetBytes(-NotThere))
            : Frame(answer, isGeneration ? (ushort)(TableMessages.Subsystem | 15) : type, said);
    }

    public int List(ushort type, ReadOnlySpan<byte> body, Netlink.Each each)
    {
        Pass();
        if (IsIn(NetlinkTrouble.Deaf) || IsIn(NetlinkTrouble.Busy))
        {
            return IsIn(NetlinkTrouble.Busy) ? InUse : NoAnswer;
        }

        // Older kernels list the rules of all tables.
        var all = _tables.Values.SelectMany(table =>
            type == TableMessages.GetChain ? table.Chains.Values : table.Rules.Select(rule => rule.Body)).ToList();
        var isCutOff = IsIn(NetlinkTrouble.Interrupted);
        foreach (var one in isCutOff ? all.Take(all.Count / 2) : all)
        {
            each(one);
        }

        return isCutOff ? NoAnswer : 0;
    }

    public int AskAll(IReadOnlyList<NetlinkMessage> messages)
    {
        Pass();
        if (IsIn(NetlinkTrouble.NotPermitted) || IsIn(NetlinkTrouble.Deaf) || IsIn(NetlinkTrouble.Busy))
        {
            return _trouble switch
            {
                NetlinkTrouble.NotPermitted => 1,
                NetlinkTrouble.Busy => InUse,
                _ => NoAnswer,
            };
        }

        var since = RuleReader.Parts(messages[0].Body.AsSpan(Netlink.NetfilterHeaderBytes));
        if (since[1].Length > 0 && since.Number(1) != Generation)
        {
            return Overtaken;
        }

        var changed = _tables.ToDictionary(table => table.Key, table => table.Value.Copy());
        foreach (var message in messages.Skip(1).SkipLast(1))
        {
            if (Apply(changed, message) is not 0 and var error)
            {
                return error;
            }
        }

        (_tables, Generation) = (changed, Generation + 1);
        return IsIn(NetlinkTrouble.AnswerLost) ? NoAnswer : 0;
    }

    public void Dispose()
    {
        // It outlives the daemons that use it.
    }

    /// <summary>Raised by a flush of the ruleset, which also removes what iptables has in nf_tables.</summary>
    public event Action? RulesetFlushed;

    private void FlushRuleset()
    {
        _tables.Clear();
        RulesetFlushed?.Invoke();
    }

    private NftTable? Own() => _tables.GetValueOrDefault(Name);

    private void RemoveOne()
    {
        if (Own() is { Rules.Count: > 0 } table)
        {
            table.Rules.RemoveAt(random.Next(table.Rules.Count));
        }
    }

    private void DoubleOne()
    {
        if (Own() is { Rules.Count: > 0 } table)
        {
            table.Rules.Add(table.Rules[random.Next(table.Rules.Count)]);
        }
    }

    private void Add(bool atEnd, params IReadOnlyList<RulePart> parts)
    {
        var message = _messages.AddRule(new NativeRule("gate", null, parts));
        _ = Apply(_tables, message with { Flags = atEnd ? message.Flags : (ushort)(message.Flags & ~Append) });
    }

    private bool IsIn(NetlinkTrouble trouble)
    {
        var isIn = time.Now < _failsUntil && _trouble == trouble;
        _ = isIn && Met.Add(trouble);
        return isIn;
    }

    /// <summary>A message of the daemon begins; other programs may have been faster.</summary>
    private void Pass()
    {
        if (_between is { } between)
        {
            _between = between with { Messages = between.Messages - 1 };
            if (between.Messages <= 1)
            {
                EndBetween();
            }
        }

        Generation += time.Now < _busyUntil && random.Next(2) == 0 ? 1u : 0;
    }

    private void EndBetween()
    {
        var between = _between;
        _between = null;
        between?.Do();
    }

    private static int Frame(Span<byte> answer, ushort type, byte[] body)
    {
        answer.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(answer, Netlink.HeaderBytes + body.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(answer[4..], type);
        body.CopyTo(answer[Netlink.HeaderBytes..]);
        return Netlink.HeaderBytes + body.Length;
    }

    /// <summary>Processes one message of a transaction as the kernel does; returns the error number.</summary>
    private int Apply(Dictionary<string, NftTable> tables, NetlinkMessage message)
    {
        var parts = RuleReader.Parts(message.Body.AsSpan(Netlink.NetfilterHeaderBytes));
        var name = RuleReader.TextOf(parts[1]);
        var (second, third) = (RuleReader.TextOf(parts[2]), RuleReader.TextOf(parts[3]));
        var what = message.Type & 0xff;
        if (what == 0)
        {
            _ = tables.TryAdd(name, new NftTable());
            tables[name].Flags = parts.Number(2);
            return 0;
        }

        if (!tables.TryGetValue(name, out var table))
        {
            return NotThere;
        }

        switch (what)
        {
            case 2:
                _ = tables.Remove(name);
                return 0;
            case 3:
                _ = table.Chains.TryAdd(third, message.Body);
                return 0;
            case 5:
                return !table.Chains.ContainsKey(third) ? NotThere
                    : table.IsUsed(third) ? InUse
                    : table.Chains.Remove(third) ? 0 : NotThere;
            case 6:
                return table.Add(second, message.Body, (message.Flags & Append) != 0) ? 0 : NotThere;
            case 8:
                _ = table.Rules.RemoveAll(rule => second.Length == 0 || rule.Chain == second);
                return second.Length == 0 || table.Chains.ContainsKey(second) ? 0 : NotThere;
            case 9:
                return table.Sets.TryAdd(second, message.Body)
                    || table.Sets[second].AsSpan().SequenceEqual(message.Body) ? 0 : IsAnother;
            case 11:
                return table.IsNamed(second) ? InUse
                    : table.Sets.Remove(second) ? 0 : NotThere;
            case 12:
                return table.Put(second, parts[3], time.Now, KeepsTimeouts) ? 0 : NotThere;
            case 14:
                return table.Holds(second, NftTable.PortOf(parts[3]), time.Now)
                    && table.Elements.Remove((second, NftTable.PortOf(parts[3]))) ? 0 : NotThere;
            default:
                return 95;
        }
    }
}
