using GaleraGate.Domain;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Daemon.Loop;

/// <summary>
/// The server's probe for <c>--last-resort donor</c>: an observation of a blocking donor also includes the state of the
/// other gates. Those are checked in parallel, repeatedly while they matter, and no observation waits for a check. An
/// answer that is too old counts as unknown.
/// </summary>
/// <param name="look">Checks every other gate; a FormatException means that they are not known.</param>
internal sealed class LastResort(
    IProbe probe,
    Func<CancellationToken, Task<IReadOnlyList<OtherGateMet>>> look,
    LatestSnapshot latest,
    Clock clock) : IProbe
{
    /// <summary>
    /// The donor of an incremental transfer is in this state for less time, so no gate is checked for it.
    /// </summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(0.5);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Between two checks while another gate is open: each one is an aborted handshake in that server's statistics.
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

        // A probe without an answer says nothing about the donor, so checking continues.
        _matters = matters || (_matters && !observation.HasAnswer);
        return matters ? observation with { OtherGates = WordAt(clock.Now()) } : observation;
    }

    /// <summary>Checks the other gates while they matter.</summary>
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
                // Wait for a hanging check, and do not start another.
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

    /// <summary>The creator of the probe disposes of it.</summary>
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

    /// <param name="Lasts">For how long it is recent enough.</param>
    private sealed record Answer(string Word, Instant At, TimeSpan Lasts);
}
