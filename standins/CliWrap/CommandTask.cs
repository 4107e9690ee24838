using System.Runtime.CompilerServices;

namespace CliWrap;

/// <summary>A command that runs.</summary>
public sealed class CommandTask<TResult>
{
    internal CommandTask(Task<TResult> task, int processId)
    {
        Task = task;
        ProcessId = processId;
    }

    public Task<TResult> Task { get; }

    public int ProcessId { get; }

    public TaskAwaiter<TResult> GetAwaiter() => Task.GetAwaiter();
}
