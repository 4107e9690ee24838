using System.Collections.Concurrent;
using GaleraGate.Daemon.Logging;

namespace GaleraGate.Daemon.Tests.Logging;

/// <summary>A thread that logs never waits for the reader of the log.</summary>
public sealed class LogQueueTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly ManualResetEventSlim _reads = new();
    private readonly ManualResetEventSlim _taken = new();
    private readonly ConcurrentQueue<string> _read = new();

    public void Dispose()
    {
        // A thread that still writes continues first.
        _reads.Set();
        _reads.Dispose();
        _taken.Dispose();
    }

    [Fact]
    public async Task A_blocked_reader_delays_nothing_and_lost_lines_are_counted()
    {
        var log = StandingStill();
        // On another thread, so that this test ends even if logging waits.
        var logging = Task.Run(() =>
        {
            for (var i = 0; i < LogQueue.Capacity * 2; i++)
            {
                log.Put($"{i}");
            }
        });

        await logging.WaitAsync(Long);
        _reads.Set();
        log.End(Long);
        Assert.Equal(
            ["first", .. Enumerable.Range(0, LogQueue.Capacity).Select(i => $"{i}"), $"{LogQueue.Capacity} lost"],
            _read);
    }

    [Fact]
    public void The_count_of_lost_lines_is_printed_where_they_are_missing()
    {
        var log = StandingStill();
        for (var i = 0; i < LogQueue.Capacity * 2; i++)
        {
            log.Put($"{i}");
        }

        _reads.Set();
        Assert.True(SpinWait.SpinUntil(() => _read.Any(IsCount), Long));
        log.Put("after");
        log.End(Long);
        Assert.Equal("after", _read.Last());
        Assert.Single(_read, IsCount);
    }

    [Fact]
    public async Task Ending_the_queue_waits_no_longer_than_its_limit()
    {
        var log = Log();
        log.Put("never read");

        await Task.Run(() => log.End(TimeSpan.FromMilliseconds(10))).WaitAsync(Long);
        log.Put("after the end");
        _reads.Set();
        log.End(Long);
        Assert.Equal(["never read"], _read);
    }

    private static bool IsCount(string line) => line.EndsWith(" lost", StringComparison.Ordinal);

    /// <summary>A log whose reader has taken a line and does not finish with it; the queue after it is empty.</summary>
    private LogQueue StandingStill()
    {
        var log = Log();
        log.Put("first");
        Assert.True(_taken.Wait(Long));
        return log;
    }

    private LogQueue Log() => new(
        line =>
        {
            _taken.Set();
            _reads.Wait();
            _read.Enqueue(line);
        },
        lost => $"{lost} lost");
}
