using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// How many clients were connected through the gate over the last hours: one sample every ten seconds, in a ring in
/// memory that never grows. Gone with the daemon: what happened is in the journal, this is only for the eye.
/// </summary>
internal sealed class ClientHistory(Func<ConnectionsReport?> count, Clock clock)
{
    /// <summary>Six hours.</summary>
    public const int Kept = 6 * 360;

    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly int?[] _ring = new int?[Kept];
    private readonly Instant _began = clock.Now();
    private readonly Lock _lock = new();

    /// <summary>How many samples there are or would be, had none been missed.</summary>
    private long _slots;

    /// <summary>Samples for as long as the daemon runs.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, clock.Chores);
        try
        {
            do
            {
                // The count may wait for the kernel: not on the thread that decides.
                var counted = await Task.Run(count, cancellationToken);
                Take(clock.Now(), counted);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    /// <summary>
    /// A sample of now. A time in which none was taken, as while the host slept, is unknown; one slot that a timer
    /// missed by a hair has this sample too.
    /// </summary>
    public void Take(Instant now, ConnectionsReport? counted)
    {
        var slot = Slot(now);
        lock (_lock)
        {
            int? through = counted is { Trouble: null } known ? known.Through : null;
            var isByAHair = slot - _slots == 1;
            for (var missed = Math.Max(_slots, slot - Kept + 1); missed < slot; missed++)
            {
                _ring[missed % Kept] = isByAHair ? through : null;
            }

            _ring[slot % Kept] = through;
            _slots = Math.Max(_slots, slot + 1);
        }
    }

    /// <summary>The samples, oldest first.</summary>
    public ClientSamples Read()
    {
        var now = clock.Now();
        lock (_lock)
        {
            var first = Math.Max(0, _slots - Kept);
            var age = now.Since(_began) ?? TimeSpan.Zero;
            int?[] through = new int?[_slots - first];
            for (var i = 0; i < through.Length; i++)
            {
                through[i] = _ring[(first + i) % Kept];
            }

            return new ClientSamples(now.Utc - age + (first * Every), Every.TotalSeconds, through);
        }
    }

    private long Slot(Instant now) => Math.Max(0, (now.Since(_began) ?? TimeSpan.Zero).Ticks / Every.Ticks);
}

/// <summary>What <c>/ui/clients</c> answers.</summary>
/// <param name="From">When the first was taken.</param>
/// <param name="Every">Seconds from one to the next.</param>
/// <param name="Through">How many clients each saw; null where it is not known.</param>
internal sealed record ClientSamples(DateTimeOffset From, double Every, IReadOnlyList<int?> Through);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ClientSamples))]
internal sealed partial class ClientJson : JsonSerializerContext;
