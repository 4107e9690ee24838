namespace GaleraGate.Daemon.Loop;

/// <summary>
/// The newest snapshot, for everybody who wants to know how things stand. It is there before the loop is; the loop
/// alone writes it.
/// </summary>
internal sealed class LatestSnapshot(Snapshot first)
{
    private Snapshot _current = first;

    public Snapshot Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
