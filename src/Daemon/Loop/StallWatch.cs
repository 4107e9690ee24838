using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// Notices that the daemon stood still: stopped, starved, swapped out, or its host suspended. It reads the clock
/// several times a second; if two readings are too far apart, nothing ran between them, whatever else was waiting. Code
/// that acts on earlier observations checks first: a resumed process may continue anywhere, and its data are as old as
/// the freeze.
/// </summary>
internal sealed class StallWatch(SignalQueue queue, Clock clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>A busy host is late by less than this.</summary>
    private static readonly TimeSpan StallsAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Queue<Stalled> _unreported = [];
    private Instant? _looked;
    private Stalled? _latest;

    /// <summary>Checks now. Returns the latest stall, however long ago; the same one until there is another.</summary>
    public Stalled? Look()
    {
        lock (_lock)
        {
            var now = clock.Now();
            if (now.Since(_looked ?? now) - LookEvery is { } late && late > StallsAfter)
            {
                _latest = new Stalled(now, late);
                _unreported.Enqueue(_latest);
            }

            _looked = now;
            return _latest;
        }
    }

    /// <summary>Checks now, and returns the stalls that this method has not returned yet, oldest first.</summary>
    public IReadOnlyList<Stalled> Take()
    {
        _ = Look();
        lock (_lock)
        {
            Stalled[] taken = [.. _unreported];
            _unreported.Clear();
            return taken;
        }
    }

    /// <summary>True if the daemon stood still at any time since then.</summary>
    public bool StoodStillSince(Instant moment) => Look() is { } stalled && stalled.At.Since(moment) >= TimeSpan.Zero;

    /// <summary>
    /// Checks until cancelled and wakes the loop for each stall, so that an expired lease does not admit clients any
    /// longer. The loop reports what it takes, not what it is woken with: it may take a stall before.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (Stalled? told = null; ; await Task.Delay(LookEvery, clock.Chores, cancellationToken))
        {
            if (Look() is { } stalled && stalled != told)
            {
                told = stalled;
                await queue.PutAsync(stalled, cancellationToken);
            }
        }
    }
}
