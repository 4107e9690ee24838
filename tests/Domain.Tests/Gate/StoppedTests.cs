using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Gate;

public sealed class StoppedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_checkpoint_of_a_stop_equals_the_fold_of_the_journal_there(int looks)
    {
        var play = new Play();
        for (var look = 1; look <= looks; look++)
        {
            play.See(look * 0.25);
        }

        play.Take(new Stopping(Given.Second(3), KeepRedirect: false));
        for (var look = 1; look <= looks; look++)
        {
            play.See(3 + (look * 0.25));
        }

        play.Take(new Stopped(Given.Second(5), "SIGTERM"));

        var folded = play.Events.SkipLast(1).Aggregate(new GateState(), GateDecider.Evolve);
        Assert.Equal(folded.Checkpoint, Assert.IsType<DaemonStopped>(play.Events[^1].Event).Checkpoint);
    }
}
