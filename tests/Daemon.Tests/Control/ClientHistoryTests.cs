using GaleraGate.Daemon.Control;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Tests.Control;

/// <summary>The samples of clients: a ring over time, with a fixed maximum length.</summary>
public sealed class ClientHistoryTests
{
    private static readonly TimeSpan Begun = TimeSpan.FromHours(1);

    private TimeSpan _now = Begun;

    [Fact]
    public void Samples_are_in_order_of_time_from_the_first()
    {
        var history = History();
        Take(history, 0, 3);
        Take(history, 10, 4);
        Take(history, 21, 5);

        var read = history.Read();
        Assert.Equal(10, read.Every);
        Assert.Equal([3, 4, 5], read.Through);
    }

    [Fact]
    public void Time_without_samples_is_unknown_except_for_a_slot_just_missed()
    {
        var history = History();
        Take(history, 0, 3);
        Take(history, 20.1, 4);
        Take(history, 60, 5);

        Assert.Equal([3, 4, 4, null, null, null, 5], history.Read().Through);
    }

    [Fact]
    public void A_count_that_the_kernel_does_not_provide_is_unknown()
    {
        var history = History();
        Take(history, 0, 3);
        history.Take(At(10), new ConnectionsReport(0, "not permitted"));
        history.Take(At(20), null);

        Assert.Equal([3, null, null], history.Read().Through);
    }

    [Fact]
    public void The_oldest_make_room_for_the_newest()
    {
        var history = History();
        for (var i = 0; i < ClientHistory.Kept + 5; i++)
        {
            Take(history, i * 10, i);
        }

        var through = history.Read().Through;
        Assert.Equal((ClientHistory.Kept, 5, ClientHistory.Kept + 4), (through.Count, through[0], through[^1]));

        Take(history, 1e7, 7);
        through = history.Read().Through;
        Assert.Equal((ClientHistory.Kept, 7), (through.Count, through[^1]));
        Assert.All(through.SkipLast(1), one => Assert.Null(one));
    }

    private ClientHistory History() => new(() => null, new Clock(TimeProvider.System, () => _now, "boot"));

    private void Take(ClientHistory history, double seconds, int count) =>
        history.Take(At(seconds), new ConnectionsReport(count, null));

    private Instant At(double seconds)
    {
        _now = Begun + TimeSpan.FromSeconds(seconds);
        return new Instant(DateTimeOffset.UnixEpoch, _now, "boot");
    }
}
