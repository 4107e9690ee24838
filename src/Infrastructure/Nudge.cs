using System.Threading.Channels;

namespace GaleraGate.Infrastructure;

/// <summary>Wakes a worker that has something new to do; several nudges before it looks are one. Given from anywhere, awaited by one.</summary>
public sealed class Nudge(TimeProvider time)
{
    private readonly Channel<bool> _given = Channel.CreateBounded<bool>(1);
    private Task<bool>? _next;

    public void Give() => _ = _given.Writer.TryWrite(true);

    /// <summary>Until a nudge, or the time is up. Nothing is thrown for time that passes: that would cost more than all else done meanwhile.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        _next = _next is { IsCompleted: false } ? _next : GivenAsync(cancellationToken);
        await await Task.WhenAny(_next, Task.Delay(atMost, time, cancellationToken));
        _ = _given.Reader.TryRead(out _);
    }

    private async Task<bool> GivenAsync(CancellationToken cancellationToken) => await _given.Reader.WaitToReadAsync(cancellationToken);
}
