using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Fleet;

/// <summary>
/// The cluster for the live page. However many viewers there are, the other nodes are asked at most once every two
/// seconds, one request at a time.
/// </summary>
internal sealed class FleetWatch(FleetReader reader, Func<StatusReport> report, Clock clock) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _one = new(1);
    private (Domain.Instant At, FleetReport Report)? _last;

    /// <summary>Assumes that the others use the same HTTP port as this daemon.</summary>
    public static FleetWatch Of(Settings settings, OtherGates others, Func<StatusReport> report, Clock clock)
    {
        const ushort UsualPort = 9200;
        var listen = settings.Text("http");
        var port = listen == OptionValues.HttpOff ? UsualPort : (ushort)ListenAddress.Parse(listen)[0].Port;
        return new FleetWatch(
            new FleetReader(others, port, ArchivedNodes.Of(settings, clock.Time), clock.Time), report, clock);
    }

    public async Task<FleetReport> ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var now = clock.Now();
            if (_last is not { } last || !(now.Since(last.At) < Fresh))
            {
                _last = last = (now, await reader.ReadAsync(FleetCommand.Of(report()), cancellationToken));
            }

            return last.Report;
        }
        finally
        {
            _ = _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();
}
