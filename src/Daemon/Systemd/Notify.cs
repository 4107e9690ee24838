using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Daemon.Systemd;

/// <summary>
/// Notifies systemd, for services of Type=notify: ready, status, stopping. It also feeds the watchdog while the loop
/// processes observations. A loop that hangs does not, so the watchdog ends the daemon; the lease has closed the gate
/// by then. Without systemd it does nothing.
/// </summary>
internal sealed class Notify : IDisposable
{
    private static readonly TimeSpan ReadyWait = TimeSpan.FromSeconds(5);

    private readonly Socket? _socket;
    private readonly TimeSpan? _watchdog;

    private Notify(Socket? socket, TimeSpan? watchdog) => (_socket, _watchdog) = (socket, watchdog);

    /// <summary>Configured from the environment that systemd sets.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns the socket")]
    public static Notify FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 1 } path)
        {
            return new Notify(null, null);
        }

        // A leading @ represents the zero byte of an abstract name.
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return new Notify(null, null);
        }

        var isOurs =
            Environment.GetEnvironmentVariable("WATCHDOG_PID") is not { } pid
            || pid == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        var watchdog =
            isOurs
            && long.TryParse(
                Environment.GetEnvironmentVariable("WATCHDOG_USEC"), CultureInfo.InvariantCulture, out var micros)
            && micros > 0
            ? TimeSpan.FromMicroseconds(micros)
            : (TimeSpan?)null;
        return new Notify(socket, watchdog);
    }

    /// <summary>The one message that must arrive: waits a moment for a busy manager.</summary>
    public void Ready()
    {
        _ = _socket?.Poll(ReadyWait, SelectMode.SelectWrite);
        _ = Send("READY=1");
    }

    public void Stopping() => _ = Send("STOPPING=1");

    /// <summary>
    /// Runs until cancelled: feeds the watchdog after observations that the loop has processed, and reports the gate's
    /// state whenever it changes.
    /// </summary>
    public async Task RunAsync(LatestSnapshot latest, TimeProvider time, CancellationToken cancellationToken)
    {
        if (_socket is null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
            return;
        }

        var atMost = TimeSpan.FromSeconds(1);
        var every = _watchdog is { } watchdog && watchdog / 4 < atMost ? watchdog / 4 : atMost;
        var (fed, said) = ((Instant?)null, "");
        while (!cancellationToken.IsCancellationRequested)
        {
            var now = latest.Current;
            if (_watchdog is not null && now.Memory.ObservedAt != fed && Send("WATCHDOG=1"))
            {
                fed = now.Memory.ObservedAt;
            }

            var node = now.State.Verdict is { } verdict ? $", node {EventText.Verdict(verdict)}" : "";
            var status = $"gate {now.State.Phase.ToString().ToLowerInvariant()}{node}";
            if (status != said && Send("STATUS=" + status))
            {
                said = status;
            }

            await Task.Delay(every, time, cancellationToken).ConfigureAwait(LoopThread.Quietly);
        }
    }

    public void Dispose() => _socket?.Dispose();

    /// <summary>
    /// Never waits. False if the manager is gone, or does not read at present; the next check sends it again.
    /// </summary>
    private bool Send(string message)
    {
        try
        {
            return _socket?.Send(Encoding.UTF8.GetBytes(message), SocketFlags.None) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
