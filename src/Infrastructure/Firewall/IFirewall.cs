using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>The kernel's tables, one family at a time. What goes wrong is a <see cref="RedirectChangeFailed"/> among the events, never an exception.</summary>
public interface IFirewall
{
    /// <summary>A number that moves whenever anybody changes the tables; null where the kernel keeps none and only looking tells.</summary>
    ulong? Generation(Family family);

    /// <summary>Looks which opening's redirect is in place, exactly as this daemon would have made it; null where none is.</summary>
    Task<(long? Opened, RedirectChangeFailed? Failure)> LookAsync(Family family, CancellationToken cancellationToken);

    /// <summary>Compares what is there with what should be and changes the difference; what came and went is in the result.</summary>
    Task<RedirectResult> ConvergeAsync(Family family, Redirect wanted, CancellationToken cancellationToken);

    /// <summary>Takes away chain, anchor and jumps.</summary>
    Task<RedirectResult> PurgeAsync(Family family, CancellationToken cancellationToken);
}
