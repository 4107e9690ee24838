using System.Threading.Channels;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon;

/// <summary>
/// The one way into the loop: bounded, in order. Whoever tells something waits for room; only the prober and the workers do, and each of them has at
/// most one thing to tell. The loop itself never writes here, so it cannot wait for itself.
/// </summary>
internal sealed class SignalQueue
{
    private const int Capacity = 256;

    private readonly Channel<Signal> _signals = Channel.CreateBounded<Signal>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    public ValueTask PutAsync(Signal signal, CancellationToken cancellationToken) => _signals.Writer.WriteAsync(signal, cancellationToken);

    /// <summary>No more signals come; those that are queued are still taken.</summary>
    public void End() => _signals.Writer.Complete();

    public IAsyncEnumerable<Signal> TakeAllAsync() => _signals.Reader.ReadAllAsync(CancellationToken.None);
}
