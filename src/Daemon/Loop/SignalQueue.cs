using System.Threading.Channels;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Loop;

/// <summary>A queued signal, and the caller that waits for its turn.</summary>
internal readonly record struct Queued(Signal Signal, TaskCompletionSource<Snapshot>? Taken);

/// <summary>
/// The only way into the loop: bounded and in order. Writers wait for room: the prober, the workers and the journal,
/// which have at most one signal each to deliver, and operators. The loop itself never writes here, so it cannot wait
/// for itself.
/// </summary>
internal sealed class SignalQueue
{
    private const int Capacity = 256;

    private readonly Channel<Queued> _signals = Channel.CreateBounded<Queued>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    public ValueTask PutAsync(Signal signal, CancellationToken cancellationToken) =>
        _signals.Writer.WriteAsync(new Queued(signal, null), cancellationToken);

    /// <summary>Queues a signal, waits for its turn, and returns the snapshot after it.</summary>
    /// <exception cref="ChannelClosedException">The daemon is stopping.</exception>
    public async Task<Snapshot> AskAsync(Signal signal, CancellationToken cancellationToken)
    {
        var taken = new TaskCompletionSource<Snapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _signals.Writer.WriteAsync(new Queued(signal, taken), cancellationToken);
        return await taken.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Accepts no more signals; those in the queue are still processed.</summary>
    public void End() => _signals.Writer.Complete();

    /// <summary>
    /// Every signal in order until the end. Awaited here and not through the channel's own loop, which continues on any
    /// thread.
    /// </summary>
    public async IAsyncEnumerable<Queued> TakeAllAsync()
    {
        while (await _signals.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (_signals.Reader.TryRead(out var signal))
            {
                yield return signal;
            }
        }
    }
}
