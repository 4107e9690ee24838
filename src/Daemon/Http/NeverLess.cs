namespace GaleraGate.Daemon.Http;

/// <summary>
/// Counters that never decrease. A period read while it is running may turn out slightly shorter by the clock of the
/// event that ends it, and Prometheus treats any decrease as a restart.
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
