using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Http;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Galera;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// The ways in from outside: the control socket, the HTTP port, and the FIFO for the server's notifications. Serving
/// clients takes no time on the loop's thread.
/// </summary>
internal sealed class Doors : IAsyncDisposable
{
    /// <summary>How long the hand-over waits for open connections; the names are released at once.</summary>
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(0.3);

    private ControlSocket? _control;
    private HttpChecks? _checks;
    private NotifyPipe? _notified;

    private Doors()
    {
    }

    public bool HasHttp => _checks is not null;

    /// <summary>Opens those that the settings enable.</summary>
    /// <exception cref="FormatException">One cannot be opened; the message is one line for people.</exception>
    public static async Task<Doors> OpenAsync(
        Settings settings, ControlApi control, HttpApi http, ILoggerFactory logging, ILogger log)
    {
        var doors = new Doors();
        try
        {
            if (GateSettings.PathOf(settings, OptionTable.Control, GatePath.Control) is { } path)
            {
                doors._control = await Task.Run(
                    () => ControlSocket.StartAsync(path, control.AnswerAsync, logging, CancellationToken.None));
            }

            if (settings.Text("http") is var listen && listen != OptionValues.HttpOff)
            {
                doors._checks = await Task.Run(() => HttpChecks.StartAsync(
                    ListenAddress.Parse(listen),
                    [.. settings.List("http-allow").Select(network => HostAddress.ParseNetwork(network)!.Value)],
                    http,
                    logging,
                    CancellationToken.None));
            }

            doors._notified = NotifyPipeOf(settings, log);
            return doors;
        }
        catch
        {
            await doors.DisposeAsync();
            throw;
        }
    }

    /// <summary>Listens for the server's notifications as long as the daemon runs; null without a FIFO.</summary>
    public Func<CancellationToken, Task>? Listening(Action heard) =>
        _notified is { } pipe ? ending => pipe.RunAsync(heard, ending) : null;

    /// <summary>Releases the names at once, then waits briefly for open connections.</summary>
    public async Task HandOverAsync(TimeProvider time)
    {
        _notified?.Dispose();
        var closed = Task.WhenAll(EndAsync(_control), EndAsync(_checks));
        await Task.WhenAny(closed, Task.Delay(HandOverLimit, time));
    }

    public async ValueTask DisposeAsync()
    {
        _notified?.Dispose();
        await EndAsync(_checks);
        await EndAsync(_control);
    }

    /// <summary>Releases its name at once; the rest ends in its own time.</summary>
    private static Task EndAsync(IAsyncDisposable? door) => door?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    private static NotifyPipe? NotifyPipeOf(Settings settings, ILogger log)
    {
        if (GateSettings.PathOf(settings, OptionTable.Notify, GatePath.Notify) is not { } path)
        {
            return null;
        }

        var pipe = NotifyPipe.Open(path, out var trouble);
        if (trouble is not null)
        {
            Log.NoNotifyPipe(log, trouble);
        }

        return pipe;
    }
}
