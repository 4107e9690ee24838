using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>Collects a worker's signals in a list.</summary>
internal static class Signals
{
    public static Outbox Into(List<Signal> signals) => new(
        (signal, _) =>
        {
            signals.Add(signal);
            return ValueTask.CompletedTask;
        },
        () => default,
        TimeProvider.System);

    public static async Task UntilAsync(Func<bool> holds)
    {
        const int AMinute = 6000;
        for (var i = 0; !holds(); i++)
        {
            Assert.InRange(i, 0, AMinute);
            await Task.Delay(10);
        }
    }
}
