using System.Diagnostics;

namespace GaleraGate.Domain;

/// <summary>
/// Checks that are active in release builds too. A broken invariant ends the process; the next daemon judges the gate
/// from scratch.
/// </summary>
public static class Invariant
{
    /// <exception cref="UnreachableException">The condition does not hold.</exception>
    public static void Holds(bool condition, string what)
    {
        if (!condition)
        {
            throw new UnreachableException($"broken invariant: {what}");
        }
    }
}
