using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// What clients met at a host, for comparison with the host's audit: while the audit calls a gate open, clients must
/// get in.
/// </summary>
internal sealed class ClientRecord(SimulatedHost host, VirtualTime time)
{
    /// <summary>A check of the tables, a command, and a change that was rolled back.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2.5);

    private readonly List<(TimeSpan From, TimeSpan To)> _refused = [];
    private TimeSpan? _since;
    private bool _isForgotten;

    /// <summary>Whether a client gets in now. Called whenever something may have changed.</summary>
    public void Look(bool letsIn, bool isInTrouble)
    {
        // The daemon is not responsible for a redirect that another program removes while no daemon watches or while
        // iptables fails.
        var mayMend = time.Now - host.Kernel.MeddledAt > host.Kernel.Length + Tolerance && !isInTrouble;
        if (letsIn || host.IsSuspended || _isForgotten || !mayMend)
        {
            if (_since is { } since)
            {
                _refused.Add((since, time.Now));
            }

            _since = null;
            return;
        }

        _since ??= time.Now;
    }

    /// <summary>What happened since was not on disk when the daemon was killed, so no audit can report it.</summary>
    public void Forget(TimeSpan since)
    {
        _ = _refused.RemoveAll(one => one.To > since);
        (_since, _isForgotten) = (null, true);
    }

    /// <summary>A daemon starts and knows what the journal holds.</summary>
    public void Start() => _isForgotten = false;

    /// <summary>Checks that clients were not refused for long while the audit says that the gate was open.</summary>
    public void CheckAudit()
    {
        foreach (var (from, to, seq) in Open(host.Events))
        {
            foreach (var refused in _refused)
            {
                var begin = from > refused.From ? from : refused.From;
                var end = to < refused.To ? to : refused.To;
                World.Must(
                    end - begin <= Tolerance,
                    $"{host.Name}: the audit says open from {from.TotalSeconds:0.000} to {to.TotalSeconds:0.000} "
                    + $"(#{seq}), and clients were refused from {refused.From.TotalSeconds:0.000} to "
                    + $"{refused.To.TotalSeconds:0.000}\n{string.Join('\n', Around(refused.From, refused.To))}");
            }
        }
    }

    /// <summary>What was recorded in that time, to explain a failure.</summary>
    private IEnumerable<string> Around(TimeSpan from, TimeSpan to)
    {
        var before = TimeSpan.FromSeconds(10);
        return host.Events
            .Where(one => one.At.Monotonic >= from - before && one.At.Monotonic <= to + before)
            .Select(one => $"{one.At.Monotonic.TotalSeconds,9:0.000} #{one.Seq} {EventText.Brief(one.Event)}");
    }

    /// <summary>
    /// The periods in which the audit calls the gate open. An opening waits for the disk and for iptables, so it counts
    /// from when its redirect is in place.
    /// </summary>
    private static IEnumerable<(TimeSpan From, TimeSpan To, long Seq)> Open(IEnumerable<Envelope> events)
    {
        var access = new ClientAccess();
        (TimeSpan At, long Seq)? open = null;
        long? opening = null;
        foreach (var envelope in events)
        {
            access = access.After(envelope);
            opening = envelope.Event is GateOpened ? envelope.Seq : opening;
            if (access.Opened is null && open is { } ended)
            {
                var refused = access.Refused is { } known ? known.Earliest.Monotonic : envelope.At.Monotonic;
                yield return (ended.At, refused, ended.Seq);
                open = null;
            }

            var isAdded = envelope.Event is RedirectAdded && envelope.Cause == opening;
            if (access.Opened is not null && (isAdded || envelope.Event is GateAdopted))
            {
                open ??= (envelope.At.Monotonic, envelope.Seq);
            }
        }
    }
}
