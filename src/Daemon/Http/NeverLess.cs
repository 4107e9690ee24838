namespace GaleraGate.Daemon.Http;

/// <summary>
/// Counters that never go back: a stretch of time that was read while it lasted may end a moment before, by the clock
/// of the event that ended it, and Prometheus takes any step back for a restart.
/// </summary>
internal sealed class NeverLess
{
    private readonly Dictionary<string, double> _most = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public double Of(string name, double value)
    {
        lock (_lock)
        {
            return _most[name] = Math.Max(value, _most.GetValueOrDefault(name));
        }
    }
}
