using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Threads;
using Microsoft.Extensions.Logging;
using MySqlConnector;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>The differences between <c>galeragate run</c> and the mysqlchk_iptables command.</summary>
internal sealed record RunMode
{
    public required Action<ILoggingBuilder> Logging { get; init; }

    /// <summary>The server's address and credentials.</summary>
    public Func<Settings, MySqlConnectionStringBuilder> Server { get; init; } = settings => ServerAddress.Of(settings);

    /// <summary>Called once, after the configuration has been validated, when the daemon begins.</summary>
    public Func<Task> Ready { get; init; } = () => Task.CompletedTask;

    /// <summary>Called repeatedly with the latest snapshot, and once more at the end.</summary>
    public Action<Snapshot>? Shown { get; init; }

    /// <summary>Calls it until cancelled.</summary>
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
