namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The lease of a gate whose rules were another backend's until this daemon began: what that one left lives until its
/// own end, is never refreshed, and goes with a close.
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
