using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// How the daemon appears to who runs it: what differs between <c>galeragate run</c> and the script's name.
/// </summary>
internal sealed record RunMode
{
    public required Action<ILoggingBuilder> Logging { get; init; }

    /// <summary>Where the server is and who asks it.</summary>
    public Func<Settings, MySqlConnectionStringBuilder> Server { get; init; } = settings => ServerAddress.Of(settings);

    /// <summary>
    /// Called once, when everything that can be wrong with the configuration has been looked at and the daemon begins.
    /// </summary>
    public Func<Task> Ready { get; init; } = () => Task.CompletedTask;

    /// <summary>Called again and again with what the loop shows, and a last time at the end.</summary>
    public Action<Snapshot>? Shown { get; init; }

    /// <summary>Shows until cancelled.</summary>
    public async Task ShowAsync(LatestSnapshot latest, TimeProvider time, CancellationToken cancellationToken)
    {
        var often = TimeSpan.FromMilliseconds(100);
        while (!cancellationToken.IsCancellationRequested)
        {
            Shown?.Invoke(latest.Current);
            await Task.Delay(often, time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
        }
    }
}
