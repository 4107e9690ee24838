namespace GaleraGate.Daemon.Loop;

/// <summary>The newest snapshot, for every reader. It exists before the loop does; only the loop writes it.</summary>
internal sealed class LatestSnapshot(Snapshot first)
{
    private Snapshot _current = first;

    public Snapshot Current
    {
        get => Volatile.Read(ref _current);
        set => Volatile.Write(ref _current, value);
    }
}
