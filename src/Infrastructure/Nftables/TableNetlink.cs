using GaleraGate.Infrastructure.Linux;
using static GaleraGate.Infrastructure.Nftables.RuleReader;
using static GaleraGate.Infrastructure.Nftables.TableMessages;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// Reads and changes one table of the family inet over netlink: no child process, and each transaction is acknowledged.
/// Thread-safe.
/// </summary>
/// <param name="kernel">The host's own kernel if null.</param>
internal sealed class TableNetlink(string table, INetlink? kernel = null) : IDisposable
{
    /// <summary>Another program has changed the rules meanwhile (ERESTART).</summary>
    public const int Overtaken = 85;

    public const int NotThere = 2; // ENOENT

    private const ushort BatchBegin = 16; // NFNL_MSG_BATCH_BEGIN
    private const ushort BatchEnd = 17;
    private const int AcceptPolicy = 1;

    private readonly INetlink _netlink = kernel ?? new Netlink(Netlink.Netfilter);
    private readonly RulesetGeneration _generation = kernel is null ? new() : new(kernel);
    private readonly TableMessages _messages = new(table);
    private readonly Lock _lock = new();

    public TableMessages Messages => _messages;

    /// <summary>The generation of all tables; null if the kernel does not report it.</summary>
    public ulong? Generation() => _generation.Read();

    /// <summary>Makes changes that the kernel applies all or not at all.</summary>
    /// <param name="since">Only if no table has changed since this generation.</param>
    /// <returns>The error number, 0 for none.</returns>
    public int Commit(IReadOnlyList<NetlinkMessage> changes, ulong? since = null)
    {
        // Subsystem nf_tables, big endian.
        byte[] header = [0, 0, 0, Subsystem >> 8];
        byte[] begin = since is { } generation ? [.. header, .. Number(1, (uint)generation)] : header;
        lock (_lock)
        {
            return _netlink.AskAll([
                new NetlinkMessage(BatchBegin, 0, begin),
                .. changes.SkipLast(1),
                changes[^1] with { Flags = (ushort)(changes[^1].Flags | Netlink.Acknowledge) },
                new NetlinkMessage(BatchEnd, 0, header),
            ]);
        }
    }

    /// <summary>Whether a set holds a port at present.</summary>
    public bool Holds(string set, ushort port)
    {
        Span<byte> answer = stackalloc byte[1024];
        lock (_lock)
        {
            var length = _netlink.Ask(GetElement, 0, _messages.AskElement(set, port), answer);
            return length > 0 && Netlink.ErrorOf(answer[..length]) is null;
        }
    }

    /// <summary>The table and its generation; an error number if it cannot be read.</summary>
    public (NativeTable Table, ulong? Generation, int Error) Read()
    {
        lock (_lock)
        {
            var generation = Generation();
            var nothing = NativeTable.Nothing(table);
            var (found, error) = Ask(GetTable, null);
            if (found is null)
            {
                // A kernel without nf_tables has no such table; a change would report what is missing.
                return (nothing, generation, error == NotThere || IsLacking(error) ? 0 : error);
            }

            var (set, noSet) = Ask(GetSet, NativeRules.Set);
            var chains = new Dictionary<string, string>();
            var rules = new List<(string Chain, string Rule)>();
            error = noSet is NotThere ? 0 : noSet;
            error = error != 0 ? error : List(GetChain, chain => chains[TextOf(chain[3])] = ChainIs(chain));
            error = error != 0 ? error : List(GetRule, rule => rules.Add(
                (TextOf(rule[2]), RuleReader.Read(rule[4], rule[7]))));
            return (
                new NativeTable(
                    table,
                    found.Number(2) is 0 or uint.MaxValue ? "" : $" {{ flags 0x{found.Number(2):x}; }}",
                    set is null ? null : SetIs(set),
                    chains,
                    rules.ToLookup(one => one.Chain, one => one.Rule)),
                generation,
                error);
        }
    }

    public void Dispose()
    {
        _netlink.Dispose();
        _generation.Dispose();
    }

    /// <summary>The meaning of an error number for a change of rules.</summary>
    public static string Meaning(int error) => error switch
    {
        Overtaken => "other programs change the tables without a pause",
        _ when IsLacking(error) => $"the kernel has no nf_tables, or a part of it is missing (error {error})",
        _ => Netlink.Meaning(error),
    };

    /// <summary>EINVAL, EPROTONOSUPPORT or EOPNOTSUPP: the kernel lacks this part.</summary>
    private static bool IsLacking(int error) => error is 22 or 93 or 95;

    private (PartTable? Found, int Error) Ask(ushort what, string? name)
    {
        const int NoAnswer = 5; // EIO
        Span<byte> answer = stackalloc byte[4096];
        var length = _netlink.Ask(what, 0, _messages.Ask(name), answer);
        return length < Netlink.HeaderBytes ? (null, NoAnswer)
            : Netlink.ErrorOf(answer[..length]) is { } error ? (null, error)
            : (Parts(answer[(Netlink.HeaderBytes + Netlink.NetfilterHeaderBytes)..length]), 0);
    }

    /// <summary>Older kernels list those of all tables.</summary>
    private int List(ushort what, Action<PartTable> each) => _netlink.List(what, _messages.Ask(null), body =>
    {
        var parts = Parts(body[Math.Min(Netlink.NetfilterHeaderBytes, body.Length)..]);
        if (body.Length > 0 && body[0] == Header[0] && TextOf(parts[1]) == table)
        {
            each(parts);
        }
    });

    private static string ChainIs(PartTable chain)
    {
        var hook = Parts(chain[4]);
        return chain[4].Length == 0
            ? ""
            : NativeRules.HookIs(
                TextOf(chain[7]),
                hook.Number(1),
                unchecked((int)hook.Number(2)),
                chain.Number(5) == AcceptPolicy);
    }

    private static string SetIs(PartTable set) =>
        (set.Number(3), set.Number(4), set.Number(5)) is (WithTimeout, PortKey, sizeof(ushort))
            ? NativeRules.SetIs
            : $"{NativeRules.Set} {{ type {set.Number(4)}; flags 0x{set.Number(3):x}; }}";
}
