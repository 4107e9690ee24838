using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Systemd;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// The signals that stop the daemon in order: SIGTERM, SIGINT, and SIGUSR2 for a restart. From then on its time is
/// limited.
/// </summary>
internal sealed class StopOrder : IDisposable
{
    /// <summary>The unit's signal for a restart; .NET has no name for it.</summary>
    private const PosixSignal UserSignal2 = (PosixSignal)12;

    private readonly TaskCompletionSource<string> _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StopDeadline _deadline;
    private readonly Func<string, TimeSpan> _limit;
    private readonly Notify _systemd;
    private readonly List<PosixSignalRegistration> _signals;

    /// <param name="limit">How long a stop with this signal may take.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "the list owns them")]
    public StopOrder(StopDeadline deadline, Func<string, TimeSpan> limit, Notify systemd)
    {
        (_deadline, _limit, _systemd) = (deadline, limit, systemd);
        _signals =
        [
            On(PosixSignal.SIGTERM, nameof(PosixSignal.SIGTERM)),
            On(PosixSignal.SIGINT, nameof(PosixSignal.SIGINT)),
            On(UserSignal2, DaemonProcess.HandOver),
        ];
    }

    /// <summary>Completes with the name of the signal.</summary>
    public Task<string> Given => _given.Task;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private PosixSignalRegistration On(PosixSignal signal, string name) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            _deadline.Begin(_limit(name));
            _ = _given.TrySetResult(name);
            _systemd.Stopping();
        });
}
