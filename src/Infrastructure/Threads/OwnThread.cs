using System.Collections.Concurrent;

namespace GaleraGate.Infrastructure.Threads;

/// <summary>
/// A thread for work that may block for long, or for ever: nothing else hangs with it. One piece of work after the other. It is begun once and lives as
/// long as the process, because a host that is short of descriptors or memory starts no new one.
/// </summary>
public sealed class OwnThread
{
    private readonly BlockingCollection<Action> _work = [];

    /// <param name="name">What debuggers and ps call it.</param>
    public OwnThread(string name) => new Thread(Work) { IsBackground = true, Name = name }.Start();

    /// <summary>Completes when the work is done, with what it gave or threw.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var task = new Task<T>(work, TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() => task.RunSynchronously(TaskScheduler.Default));
        return task;
    }

    /// <summary>The same for work that gives nothing.</summary>
    public Task RunAsync(Action work) => RunAsync(() =>
    {
        work();
        return true;
    });

    private void Work()
    {
        foreach (var one in _work.GetConsumingEnumerable())
        {
            one();
        }
    }
}
