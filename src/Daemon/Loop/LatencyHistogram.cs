namespace GaleraGate.Daemon.Loop;

/// <summary>
/// A histogram of durations in Prometheus' buckets. One thread writes; any thread may read meanwhile.
/// </summary>
internal sealed class LatencyHistogram
{
    /// <summary>
    /// Upper bounds in seconds: a healthy probe takes half a millisecond, a hanging one the probe timeout.
    /// </summary>
    public static IReadOnlyList<double> Bounds { get; } =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

    private readonly long[] _counts = new long[Bounds.Count + 1];
    private long _ticks;

    public void Count(TimeSpan took)
    {
        var bucket = 0;
        while (bucket < Bounds.Count && took.TotalSeconds > Bounds[bucket])
        {
            bucket++;
        }

        _ = Interlocked.Add(ref _ticks, took.Ticks);
        _ = Interlocked.Increment(ref _counts[bucket]);
    }

    /// <summary>The count up to each bound, followed by the total.</summary>
    public IReadOnlyList<long> Cumulative()
    {
        var sum = 0L;
        return [.. Enumerable.Range(0, _counts.Length).Select(i => sum += Volatile.Read(ref _counts[i]))];
    }

    public double SumSeconds => TimeSpan.FromTicks(Volatile.Read(ref _ticks)).TotalSeconds;
}
