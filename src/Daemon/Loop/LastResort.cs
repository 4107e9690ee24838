using GaleraGate.Domain;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// The server's probe for <c>--last-resort donor</c>: an observation of a donor that blocks also holds what the other
/// gates are. They are looked at beside the probe, again and again while that matters, and an observation waits for no
/// look. An answer that is too old counts as none.
/// </summary>
/// <param name="look">Meets every other gate; an exception of the kind FormatException says that they are not
/// known.</param>
internal sealed class LastResort(
    IProbe probe,
    Func<CancellationToken, Task<IReadOnlyList<OtherGateMet>>> look,
    LatestSnapshot latest,
    Clock clock) : IProbe
{
    /// <summary>The donor of an incremental transfer is one for less: nothing is knocked at for it.</summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two looks while another gate is open: each is an aborted handshake in that server's statistics.
    /// </summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(3);

    private readonly Nudge _begin = new(clock.Time);
    private Answer? _answer;
    private bool _matters;

    public async Task<Observation> ObserveAsync(CancellationToken cancellationToken)
    {
        var observation = await probe.ObserveAsync(cancellationToken);
        var matters = Fitness.MayBeLastResort(observation, latest.Current.Memory.Policy.Fitness);
        if (matters && !_matters)
        {
            _begin.Give();
        }

        // A probe without an answer says nothing of the donor: it is looked at further.
        _matters = matters || (_matters && !observation.HasAnswer);
        return matters ? observation with { OtherGates = WordAt(clock.Now()) } : observation;
    }

    /// <summary>Looks at the other gates while that matters.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var looking = Task.FromResult<IReadOnlyList<OtherGateMet>?>(null);
        while (!cancellationToken.IsCancellationRequested)
        {
            await _begin.WaitAsync(TimeSpan.FromHours(1), cancellationToken);
            await PauseAsync(Before);
            var (turns, pause) = (new Turns(), ShortestPause);
            while (_matters && !cancellationToken.IsCancellationRequested)
            {
                // One that hangs is waited for further, and no other begun.
                looking = looking.IsCompleted ? MeetAsync(cancellationToken) : looking;
                await ((Task)looking)
                    .WaitAsync(LookLimit, clock.Time, cancellationToken)
                    .ConfigureAwait(LoopThread.Quietly);
                var met = looking.IsCompletedSuccessfully ? await looking : null;
                var state = latest.Current.State;
                var isOpen = state.Phase.LetsTrafficIn();
                var isWaived = isOpen && latest.Current.Memory.Verdict?.Waiver == Waiver.LastResort;
                turns = turns.After(met, clock.Now(), isOpen, isWaived);
                pause = turns.Word == Elsewhere.Open && !isOpen ? Longer(pause) : ShortestPause;
                Volatile.Write(ref _answer, new Answer(turns.Word, clock.Now(), pause + LookLimit + ShortestPause));
                await PauseAsync(pause);
            }

            Volatile.Write(ref _answer, null);
        }

        async Task PauseAsync(TimeSpan time) =>
            await Task.Delay(time, clock.Time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
    }

    /// <summary>Whoever made the probe ends it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<IReadOnlyList<OtherGateMet>?> MeetAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await look(cancellationToken);
        }
        catch (Exception e) when (e is FormatException or OperationCanceledException)
        {
            return null;
        }
    }

    private string WordAt(Instant now) =>
        Volatile.Read(ref _answer) is { } answer && now.Since(answer.At) <= answer.Lasts
            ? answer.Word
            : Elsewhere.Unknown;

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    /// <param name="Lasts">For so long it is not too old.</param>
    private sealed record Answer(string Word, Instant At, TimeSpan Lasts);
}
