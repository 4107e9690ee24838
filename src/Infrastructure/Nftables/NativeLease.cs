using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Nftables;

/// <summary>
/// The lease as an element of a set that times out, looked up by the redirect rule. Each refresh is one netlink
/// transaction with an acknowledgement, so a failed refresh is noticed at once and no child process is needed.
/// </summary>
/// <remarks>
/// Kernels before 6.12 do not change an element that is added again. So it is deleted and added in one transaction; no
/// packet sees the state in between.
/// </remarks>
public sealed class NativeLease : ILease, IDisposable
{
    private const int InUse = 16; // EBUSY
    private const int IsAnother = 17; // EEXIST
    private const int DoesNotFit = 22; // EINVAL

    private readonly ushort _port;
    private readonly TableNetlink _tables;
    private readonly Lock _lock = new();
    private ulong _changes;

    public NativeLease(ushort port, TimeSpan length)
        : this(NativeRules.TableOf(port), port, length)
    {
    }

    /// <summary>A lease whose table has a different name than a gate's.</summary>
    /// <param name="kernel">The host's own kernel if null.</param>
    internal NativeLease(string table, ushort port, TimeSpan length, INetlink? kernel = null)
    {
        (_port, Length) = (port, length);
        _tables = new TableNetlink(table, kernel);
    }

    public TimeSpan Length { get; }

    public bool Lives() => _tables.Holds(NativeRules.Set, _port);

    public string? Prepare() => Words("make", Commit(_tables.Messages.AddTable(), _tables.Messages.AddSet(Set)));

    public string? Refresh()
    {
        var messages = _tables.Messages;
        var add = messages.AddElement(Set, _port, Length);
        var error = Commit(messages.DropElement(Set, _port), add);
        return Words(
            "refresh",
            error == TableNetlink.NotThere ? Commit(messages.AddTable(), messages.AddSet(Set), add) : error);
    }

    public string? Drop() => Commit(_tables.Messages.DropElement(Set, _port)) is var error
        && error == TableNetlink.NotThere
        ? null
        : Words("delete from", error);

    public void Dispose() => _tables.Dispose();

    /// <summary>
    /// The rule set's generation, not counting this lease's own changes: it rises when a rule is changed, but not with
    /// each refresh.
    /// </summary>
    internal ulong? GenerationOfOthers()
    {
        lock (_lock)
        {
            return _tables.Generation() - _changes;
        }
    }

    private const string Set = NativeRules.Set;

    private int Commit(params IReadOnlyList<NetlinkMessage> changes)
    {
        lock (_lock)
        {
            var before = _tables.Generation();
            var error = _tables.Commit(changes);

            // If another program changed something in between, the only effect is one extra listing.
            _changes += error == 0 && _tables.Generation() - before == 1 ? 1u : 0u;
            return error;
        }
    }

    private static string? Words(string what, int error) => error switch
    {
        0 => null,
        IsAnother or InUse or DoesNotFit => $"nftables: cannot {what} the set {Set}: there is another set of this name,"
            + $" or the kernel has no sets with a timeout (error {error})",
        _ => $"nftables: cannot {what} the set {Set}: {TableNetlink.Meaning(error)}",
    };
}
