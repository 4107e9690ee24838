using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>Polls the server once. A failure is an observation too.</summary>
public interface IProbe : IAsyncDisposable
{
    /// <exception cref="OperationCanceledException">The token was cancelled: the daemon is stopping.</exception>
    Task<Observation> ObserveAsync(CancellationToken cancellationToken);
}
