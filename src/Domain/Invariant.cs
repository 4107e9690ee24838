using System.Diagnostics;

namespace GaleraGate.Domain;

/// <summary>
/// Checks that hold in release builds too: a broken one ends the process, and the gate is judged anew by the next.
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
