namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The lease of a gate that had the other backend's rules when this daemon started. The other backend's lease runs
/// until it expires, is never refreshed, and is removed by a close.
/// </summary>
public sealed class TakenLease(ILease own, ILease left) : ILease
{
    public TimeSpan Length => own.Length;

    public bool Lives() => own.Lives() || left.Lives();

    public string? Prepare() => own.Prepare();

    public string? Refresh() => own.Refresh();

    public string? Drop()
    {
        var trouble = own.Drop();
        return (left.Lives() ? left.Drop() : null) ?? trouble;
    }
}
