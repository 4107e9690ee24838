namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// How long a shipper waits after a number of failures in a row: one second, doubling each time, at most a minute.
/// </summary>
public static class ShipBackoff
{
    private const int Doublings = 6;

    public static TimeSpan Longest { get; } = TimeSpan.FromMinutes(1);

    public static TimeSpan After(int failures)
    {
        var wait = TimeSpan.FromSeconds(Math.Pow(2, Math.Clamp(failures - 1, 0, Doublings)));
        return wait < Longest ? wait : Longest;
    }
}
