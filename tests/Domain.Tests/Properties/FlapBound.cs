using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Properties;

/// <summary>The bound that docs/flap-bound.md derives from base, cap and half-life alone.</summary>
internal static class FlapBound
{
    /// <summary>The largest number of unplanned closes for this reason in a window of that many seconds.</summary>
    public static double ClosesIn(double window, GatePolicy policy, string reason)
    {
        var (least, cap) = (policy.OpenAfter.TotalSeconds, policy.OpenAfterMax.TotalSeconds);
        cap = reason == "non-primary" ? Math.Min(cap, GatePolicy.OpenAfterClusterWide.TotalSeconds) : cap;
        if (least <= 0)
        {
            return double.PositiveInfinity;
        }

        // A long window has at most as many closes as its parts together.
        return Enumerable
            .Range(1, 64)
            .Min(parts => parts * InOnePart(window / parts, least, cap, GatePolicy.HalfLife.TotalSeconds));
    }

    /// <summary>
    /// The largest n for which the n-1 waits between n closes fit: the j-th is at least min(cap, base x 2^((j-1) x
    /// 2^(-w/H))).
    /// </summary>
    private static double InOnePart(double window, double least, double cap, double halfLife)
    {
        var kept = Math.Pow(2, -window / halfLife);
        var (closes, waited) = (1, 0.0);
        while (true)
        {
            waited += Math.Min(cap, least * Math.Pow(2, (closes - 1) * kept));
            if (waited > window)
            {
                return closes;
            }

            closes++;
        }
    }
}
