namespace GaleraGate.Domain.Tests.Audit;

/// <summary>The age of a record, by the monotonic clock.</summary>
public sealed class RunningTimeTests
{
    [Fact]
    public void It_grows_by_the_time_between_events_and_by_all_of_a_new_boot_that_is_known()
    {
        var ran = default(RunningTime);

        AssertAfter(Given.Second(100), 0);
        AssertAfter(Given.Second(130), 30);
        AssertAfter(Given.Second(130), 30);
        AssertAfter(Given.Second(120), 30);
        AssertAfter(Given.Second(140), 40);
        AssertAfter(Boot("boot-2", 5), 45);
        AssertAfter(Boot("boot-2", 12), 52);
        AssertAfter(Boot("boot-3", 4), 56);

        void AssertAfter(Instant moment, double seconds)
        {
            ran = ran.At(moment);
            Assert.Equal((TimeSpan.FromSeconds(seconds), moment.Boot), (ran.Total, ran.Boot));
        }
    }

    [Fact]
    public void A_clock_that_was_set_back_or_forth_does_not_change_it() =>
        Assert.Equal(
            TimeSpan.FromSeconds(10),
            default(RunningTime).At(Given.Second(0)).At(Given.Second(10) with { Utc = Given.Second(-5000).Utc }).Total);

    private static Instant Boot(string boot, double monotonic) =>
        new(Given.Second(500).Utc, TimeSpan.FromSeconds(monotonic), boot);
}
