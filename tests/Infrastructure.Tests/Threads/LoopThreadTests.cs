using System.Diagnostics;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Tests.Threads;

public sealed class LoopThreadTests
{
    private static readonly TimeSpan Chore = TimeSpan.FromMilliseconds(500);

    [Fact]
    public void A_chore_that_is_due_ends_when_something_else_wakes_the_thread() => LoopThread.Run(async loop =>
    {
        var chore = Task.Delay(Chore, loop.Chores);
        await Task.Delay(Chore * 0.95, loop.Time);
        await Task.Yield();

        Assert.True(chore.IsCompleted);
        return 0;
    });

    [Fact]
    public void A_chore_that_is_not_due_waits_although_the_thread_is_awake() => LoopThread.Run(async loop =>
    {
        var began = Stopwatch.GetTimestamp();
        var chore = Task.Delay(Chore, loop.Chores);
        while (!chore.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), loop.Time);
        }

        Assert.True(Stopwatch.GetElapsedTime(began) > Chore * 0.8);
        return 0;
    });

    [Fact]
    public void A_chore_wakes_a_thread_that_has_nothing_else_to_do() => LoopThread.Run(async loop =>
    {
        await Task.Delay(Chore, loop.Chores);
        return 0;
    });

    [Fact]
    public void What_waits_goes_on_upon_the_thread_that_began_it() => LoopThread.Run(async loop =>
    {
        var thread = Environment.CurrentManagedThreadId;
        await Task.WhenAll(new[] { loop.Time, loop.Chores }.Select(async time =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), time);
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
        }));
        await Task.Run(() => Assert.NotEqual(thread, Environment.CurrentManagedThreadId));

        Assert.Equal(thread, Environment.CurrentManagedThreadId);
        return 0;
    });

    [Fact]
    public void A_timer_that_is_changed_ends_when_the_change_says() => LoopThread.Run(async loop =>
    {
        var ended = new TaskCompletionSource();
        await using var timer = loop.Time.CreateTimer(
            _ => ended.SetResult(), null, TimeSpan.FromMinutes(10), Timeout.InfiniteTimeSpan);
        Assert.True(timer.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan));

        await ended.Task;
        return 0;
    });
}
