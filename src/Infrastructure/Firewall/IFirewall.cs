using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The kernel's tables, one family at a time. What goes wrong is a <see cref="ChangeFailed"/> among the facts, never an
/// exception.
/// </summary>
public interface IFirewall
{
    /// <summary>
    /// A number that moves whenever anybody changes the tables; null where the kernel keeps none and only looking
    /// tells.
    /// </summary>
    ulong? Generation(Family family);

    /// <summary>Looks what is there and changes nothing.</summary>
    Task<TablesSeen> LookAsync(Family family, CancellationToken cancellationToken);

    /// <summary>
    /// Compares what is there with what should be and changes the difference; what came and went is in the result. A
    /// cancelled token ends it half-way: that is no failure, and what was done by then is in the result all the same.
    /// </summary>
    Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken);

    /// <summary>Takes away chain, anchor and jumps.</summary>
    Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken);
}

/// <summary>What a look at a family's tables saw.</summary>
/// <param name="Opened">The opening whose redirect is in place, exactly as this daemon, or the version before it, would
/// have made it; null where none is.</param>
/// <param name="Redirects">The redirect rules in our chain; null where nobody could look.</param>
/// <param name="Failure">Why nobody could look.</param>
public sealed record TablesSeen(long? Opened, IReadOnlyList<string>? Redirects, ChangeFailed? Failure);
