using GaleraGate.Domain.Events;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// A hold file holds unless it is known to be absent: here looking at it gives an error, or the file system does not
/// answer.
/// </summary>
public sealed class HoldFileTests
{
    [Fact]
    public void An_error_reading_the_hold_file_does_not_release_the_hold()
    {
        using var world = new World(1, 1);
        var host = world.Hosts[0];
        host.HasHoldFile = true;
        world.Run(10);
        Assert.Equal(0, world.Open);

        host.HoldFileTrouble = "Permission denied";
        world.Run(10);

        Assert.Equal(0, world.Open);
        Assert.DoesNotContain(host.Events, envelope => envelope.Event is HoldLifted);
        host.EndHoldFile();
        world.Run(10);
        Assert.Equal(1, world.Open);
    }

    [Fact]
    public void An_error_reading_the_hold_file_closes_an_open_gate_and_is_recorded()
    {
        using var world = new World(2, 1);
        var host = world.Hosts[0];
        world.Run(10);
        Assert.Equal(1, world.Open);

        host.HoldFileTrouble = "Stale file handle";
        world.Run(2);

        Assert.Equal(0, world.Open);
        Assert.Contains(
            "Stale file handle",
            host.Events.Select(envelope => envelope.Event).OfType<HoldPlaced>().Single().Why,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_system_that_hangs_at_start_keeps_the_gate_closed()
    {
        using var world = new World(3, 1);
        var host = world.Hosts[0];
        world.Run(5);
        host.LosePower();
        host.HoldFileHangs = true;
        world.Cluster.Rejoin(host.Server);
        host.Start();
        world.Also = () => World.Must(world.Open == 0, "the gate opened before anybody knew of the hold file");

        world.Run(30);

        world.Also = () => { };
        host.EndHoldFile();
        world.Run(10);
        Assert.Equal(1, world.Open);
    }
}
