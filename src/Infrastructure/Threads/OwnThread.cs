using System.Diagnostics.CodeAnalysis;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// A thread for work that may block for long or for ever, so that nothing else hangs with it. It does one piece of work
/// at a time. It starts once and lives as long as the process, because a host that is short of descriptors or memory
/// cannot start a new one.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "it lives as long as the process")]
public sealed class OwnThread
{
    private readonly Queue<Action> _work = new();
    private readonly WakeUp _wake = new();

    /// <param name="name">The name shown by debuggers and ps.</param>
    public OwnThread(string name) => new Thread(Work) { IsBackground = true, Name = name }.Start();

    /// <summary>
    /// Completes when the work is done, with its result or exception. The awaiting code continues on its own context;
    /// without one, on this thread.
    /// </summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var task = new Task<T>(work);
        lock (_work)
        {
            _work.Enqueue(() => task.RunSynchronously(TaskScheduler.Default));
        }

        _wake.Give();
        return task;
    }

    /// <summary>The same for work without a result.</summary>
    public Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    private void Work()
    {
        while (true)
        {
            if (Next() is { } one)
            {
                one();
            }
            else
            {
                _wake.Wait();
            }
        }
    }

    private Action? Next()
    {
        lock (_work)
        {
            return _work.TryDequeue(out var one) ? one : null;
        }
    }
}
