using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// Reloads the configuration and passes a changed policy to the loop. If anything is wrong, nothing changes.
/// </summary>
/// <param name="read">Reads the settings that a daemon started now would have.</param>
internal sealed class PolicyReload(Settings atStart, Func<Settings> read, SignalQueue queue, Clock clock)
{
    private readonly Dictionary<string, string> _atStart = atStart.Values.ToDictionary(
        entry => entry.Row.Name, entry => entry.Value.Text);

    /// <summary>Loads the policy and returns what changed.</summary>
    /// <exception cref="FormatException">The configuration is wrong; the old policy stays in force.</exception>
    /// <exception cref="System.Threading.Channels.ChannelClosedException">The daemon is stopping.</exception>
    public async Task<ReloadReport> TakeOverAsync(CancellationToken cancellationToken)
    {
        var now = read();
        var shown = await queue.AskAsync(new PolicyLoaded(clock.Now(), now.Policy()), cancellationToken);
        return new ReloadReport(
            shown.Events.Select(envelope => envelope.Event).OfType<PolicyChanged>().SingleOrDefault()?.Changes
                ?? new Dictionary<string, string>(),
            [
                .. now
                    .Values.Where(entry =>
                        !Policy.SettingNames.Contains(entry.Row.Name) && _atStart[entry.Row.Name] != entry.Value.Text)
                    .Select(entry => entry.Row.Name),
            ]);
    }
}
