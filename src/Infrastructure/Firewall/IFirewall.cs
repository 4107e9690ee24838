using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The kernel's firewall rules, one address family at a time. A failure is a <see cref="ChangeFailed"/> among the
/// facts, never an exception.
/// </summary>
public interface IFirewall
{
    /// <summary>
    /// A number that changes whenever any program changes the rules; null if the kernel has no such number and the
    /// rules must be listed.
    /// </summary>
    ulong? Generation(Family family);

    /// <summary>Lists the rules; changes nothing.</summary>
    Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken);

    /// <summary>
    /// Compares the rules with the wanted ones and applies the difference; the result has the rules that were added and
    /// removed. Cancelling the token stops it half-way: that is not a failure, and the result still has what was done.
    /// </summary>
    Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken);

    /// <summary>Removes chain, anchor and jumps.</summary>
    Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken);
}

/// <summary>The rules of one address family, as listed.</summary>
/// <param name="Opened">The opening whose redirect is in place, exactly as this version or 0.1.0 would have made it;
/// null if none.</param>
/// <param name="Redirects">The redirect rules in our chain; null if they could not be listed.</param>
/// <param name="Failure">Why they could not be listed.</param>
public sealed record TablesSeen(long? Opened, IReadOnlyList<string>? Redirects, ChangeFailed? Failure);
