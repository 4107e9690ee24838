using System.Threading.Channels;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Time.Testing;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What the writer does with a disk that fails or hangs, and what it reports.</summary>
public sealed class JournalWriterTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly TimeWithTimers _time = new();
    private readonly Channel<Signal> _told = Channel.CreateUnbounded<Signal>();
    private readonly Channel<Attempt> _attempts = Channel.CreateUnbounded<Attempt>();
    private readonly CancellationTokenSource _ending = new();
    private readonly JournalWriter _writer;

    public JournalWriterTests() => _writer = new JournalWriter(
        batch =>
        {
            var attempt = new Attempt([.. batch]);
            _ = _attempts.Writer.TryWrite(attempt);
            return attempt.Result.Task;
        },
        new Outbox(_told.Writer.WriteAsync, () => default, _time));

    public void Dispose() => _ending.Dispose();

    [Fact]
    public async Task What_has_queued_up_is_written_at_once_up_to_a_limit()
    {
        Append(1, 2500);
        _writer.End();
        var running = _writer.RunAsync(_ending.Token);

        foreach (var (first, count) in new[] { (1, 1000), (1001, 1000), (2001, 500) })
        {
            var attempt = await NextAttempt();
            Assert.Equal(Enumerable.Range(first, count), attempt.Seqs.Select(seq => (int)seq));
            attempt.Result.SetResult();
            Assert.Equal(attempt.Seqs.Last(), Assert.IsType<JournalSynced>(await NextTold()).Seq);
        }

        await running.WaitAsync(Limit);
        Assert.Equal(0, _writer.Unwritten);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_failed_write_is_tried_again_after_a_second_with_what_came_meanwhile(bool isDenied)
    {
        Append(1, 2);
        var running = _writer.RunAsync(_ending.Token);
        var failed = await NextAttempt();
        Append(3, 1);

        failed.Result.SetException(
            isDenied ? new UnauthorizedAccessException("no\nway") : new IOException("no\nway"));

        Assert.Equal("no way", Assert.IsType<JournalUnavailable>(await NextTold()).Why);
        await Elapse(JournalWriter.RetryAfter);
        var second = await NextAttempt();
        Assert.Equal([1, 2, 3], second.Seqs);
        second.Result.SetResult();
        Assert.Equal(3, Assert.IsType<JournalSynced>(await NextTold()).Seq);
        _writer.End();
        await running.WaitAsync(Limit);
        Assert.Equal(0, _writer.Unwritten);
    }

    [Fact]
    public async Task A_write_that_hangs_is_reported_after_five_seconds_and_counts_when_it_ends()
    {
        Append(1, 1);
        var running = _writer.RunAsync(_ending.Token);
        var hanging = await NextAttempt();

        await Elapse(JournalWriter.HangsAfter);
        var told = Assert.IsType<JournalUnavailable>(await NextTold());
        Assert.Equal("the disk has not answered for 5 s", told.Why);
        await Elapse(JournalWriter.HangsAfter);
        Append(2, 1);
        hanging.Result.SetResult();

        Assert.Equal(1, Assert.IsType<JournalSynced>(await NextTold()).Seq);
        var second = await NextAttempt();
        Assert.Equal([2], second.Seqs);
        second.Result.SetResult();
        _writer.End();
        await running.WaitAsync(Limit);
        Assert.Equal(1, _told.Reader.Count);
    }

    /// <summary>
    /// More events than memory may hold become a gap, but not those that a hanging write may still put on the disk.
    /// </summary>
    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public async Task A_gap_begins_after_what_is_being_written(bool isWritten, int gap)
    {
        Append(1, 2);
        var running = _writer.RunAsync(_ending.Token);
        var hanging = await NextAttempt();
        await Elapse(JournalWriter.HangsAfter);
        _ = await NextTold();
        if (isWritten)
        {
            Append(3, Backlog.Limit);
            await Elapse(JournalWriter.HangsAfter);
            await UntilItWaits(JournalWriter.HangsAfter);
            hanging.Result.SetResult();
        }
        else
        {
            hanging.Result.SetException(new IOException("full"));
            _ = await NextTold();
            await UntilItWaits(JournalWriter.RetryAfter);
            Append(3, Backlog.Limit);
            _time.Advance(JournalWriter.RetryAfter);
        }

        var next = await NextAttempt();

        Assert.Equal((gap, gap), (next.Events[0].Seq, Assert.IsType<AuditGap>(next.Events[0].Event).First));
        await _ending.CancelAsync();
        next.Result.SetException(new IOException("full"));
        await running.WaitAsync(Limit);
    }

    /// <summary>A daemon that stops does not wait for another second.</summary>
    [Fact]
    public async Task A_failure_after_the_end_is_final_and_what_is_left_is_counted()
    {
        Append(1, 3);
        _writer.End();
        var running = _writer.RunAsync(_ending.Token);

        await FailNextAttempt();

        await running.WaitAsync(Limit);
        Assert.Equal(3, _writer.Unwritten);
    }

    [Fact]
    public async Task When_it_is_cancelled_it_tries_once_more_at_once()
    {
        Append(1, 3);
        var running = _writer.RunAsync(_ending.Token);
        await FailNextAttempt();
        _ = await NextTold();
        await UntilItWaits(JournalWriter.RetryAfter);

        await _ending.CancelAsync();

        await FailNextAttempt();
        await running.WaitAsync(Limit);
        Assert.Equal(3, _writer.Unwritten);
    }

    /// <summary>No signal is accepted any more.</summary>
    [Fact]
    public async Task Events_are_written_after_the_loop_has_ended()
    {
        _told.Writer.Complete();
        Append(1, 1);
        _writer.End();
        var running = _writer.RunAsync(_ending.Token);

        (await NextAttempt()).Result.SetResult();

        await running.WaitAsync(Limit);
        Assert.Equal(0, _writer.Unwritten);
    }

    [Fact]
    public async Task A_failure_that_is_not_of_the_disk_ends_the_writer()
    {
        Append(1, 1);
        var running = _writer.RunAsync(_ending.Token);

        (await NextAttempt()).Result.SetException(new InvalidOperationException("a bug"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => running.WaitAsync(Limit));
    }

    [Fact]
    public void Events_after_the_end_are_refused()
    {
        _writer.End();

        Assert.ThrowsAny<Exception>(() => Append(1, 1));
    }

    private async Task Elapse(TimeSpan time)
    {
        await UntilItWaits(time);
        _time.Advance(time);
    }

    private async Task UntilItWaits(TimeSpan time)
    {
        while (await _time.Timers.Reader.ReadAsync().AsTask().WaitAsync(Limit) != time)
        {
        }
    }

    private Task<Attempt> NextAttempt() => _attempts.Reader.ReadAsync().AsTask().WaitAsync(Limit);

    private async Task FailNextAttempt() => (await NextAttempt()).Result.SetException(new IOException("full"));

    private Task<Signal> NextTold() => _told.Reader.ReadAsync().AsTask().WaitAsync(Limit);

    private void Append(int first, int count) =>
        _writer.Append([.. Enumerable.Range(first, count).Select(seq => Event(seq))]);

    private static Envelope Event(long seq) => new(
        seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), "n1",
        new Annotated(seq, "alice", "planned"), null, null, null);

    private sealed record Attempt(IReadOnlyList<Envelope> Events)
    {
        public IEnumerable<long> Seqs => Events.Select(envelope => envelope.Seq);

        public TaskCompletionSource Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Reports how long each timer waits, so that a test can advance once the timer is set.</summary>
    private sealed class TimeWithTimers : FakeTimeProvider
    {
        public Channel<TimeSpan> Timers { get; } = Channel.CreateUnbounded<TimeSpan>();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _ = Timers.Writer.TryWrite(dueTime);
            return timer;
        }
    }
}
