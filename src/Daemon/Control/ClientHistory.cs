using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// How many clients were connected through the gate over the last hours: a sample every ten seconds, in a ring buffer
/// of fixed size in memory. It is lost when the daemon ends: the record is the journal, this is only for the page.
/// </summary>
internal sealed class ClientHistory(Func<ConnectionsReport?> count, Clock clock)
{
    /// <summary>Six hours.</summary>
    public const int Kept = 6 * 360;

    public static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly int?[] _ring = new int?[Kept];
    private readonly Instant _began = clock.Now();
    private readonly Lock _lock = new();

    /// <summary>The number of samples, counting missed ones.</summary>
    private long _slots;

    /// <summary>Takes samples until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Every, clock.Chores);
        try
        {
            do
            {
                // The count may wait for the kernel, so it must not run on the loop's thread.
                var counted = await Task.Run(count, cancellationToken);
                Take(clock.Now(), counted);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The daemon is stopping.
        }
    }

    /// <summary>
    /// Takes a sample. Time without samples, such as while the host slept, is unknown; but a single slot that a late
    /// timer just missed gets this sample too.
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

/// <summary>The answer of <c>/ui/clients</c>.</summary>
/// <param name="From">When the first sample was taken.</param>
/// <param name="Every">Seconds between samples.</param>
/// <param name="Through">The number of clients in each sample; null if unknown.</param>
internal sealed record ClientSamples(DateTimeOffset From, double Every, IReadOnlyList<int?> Through);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(ClientSamples))]
internal sealed partial class ClientJson : JsonSerializerContext;
