using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Looks at the server once. What goes wrong is an observation too.</summary>
public interface IProbe : IAsyncDisposable
{
    /// <exception cref="OperationCanceledException">The token was cancelled: the daemon ends.</exception>
    Task<Observation> ObserveAsync(CancellationToken cancellationToken);
}
