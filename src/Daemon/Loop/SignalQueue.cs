using System.Threading.Channels;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Loop;

/// <summary>A signal on its way, and who waits for the turn that takes it.</summary>
internal readonly record struct Queued(Signal Signal, TaskCompletionSource<Snapshot>? Taken);

/// <summary>
/// The one way into the loop: bounded, in order. Whoever tells something waits for room: the prober, the workers and
/// the journal, each of which has at most one thing to tell, and operators. The loop itself never writes here, so it
/// cannot wait for itself.
/// </summary>
internal sealed class SignalQueue
{
    private const int Capacity = 256;

    private readonly Channel<Queued> _signals = Channel.CreateBounded<Queued>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    public ValueTask PutAsync(Signal signal, CancellationToken cancellationToken) =>
        _signals.Writer.WriteAsync(new Queued(signal, null), cancellationToken);

    /// <summary>Tells something and waits for the turn that takes it; gives what the loop showed after it.</summary>
    /// <exception cref="ChannelClosedException">The daemon is ending.</exception>
    public async Task<Snapshot> AskAsync(Signal signal, CancellationToken cancellationToken)
    {
        var taken = new TaskCompletionSource<Snapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _signals.Writer.WriteAsync(new Queued(signal, taken), cancellationToken);
        return await taken.Task.WaitAsync(cancellationToken);
    }

    /// <summary>No more signals come; those that are queued are still taken.</summary>
    public void End() => _signals.Writer.Complete();

    /// <summary>
    /// Every signal in order until the end. Awaited here and not by the channel's own loop, which goes on wherever it
    /// likes.
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
