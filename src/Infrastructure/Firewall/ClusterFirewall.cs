using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>Puts our chain of the filter table as it should be, or back to what it was; nothing else of the table is touched.</summary>
public sealed class ClusterFirewall(string chain)
{
    private readonly Iptables _iptables = new(SystemCommand.RunAsync);

    /// <summary>What the filter table of a family holds of ours.</summary>
    /// <exception cref="InvalidOperationException">It cannot be listed; the message is one line for people.</exception>
    public async Task<TableRules> ReadAsync(Family family, CancellationToken cancellationToken)
    {
        var listed = await _iptables.ListAsync(family, cancellationToken, "filter");
        return listed.Succeeded
            ? TableRules.Read(chain, listed.Output) with { Table = "filter" }
            : throw new InvalidOperationException($"{listed.Argv}: exit {listed.ExitCode}: {listed.Error}");
    }

    /// <summary>Makes it so, all or nothing.</summary>
    /// <exception cref="InvalidOperationException">It cannot be; nothing has changed.</exception>
    public async Task MakeAsync(Family family, TableRules wanted, CancellationToken cancellationToken)
    {
        var there = await ReadAsync(family, cancellationToken);
        if (there.ChangeTo(wanted with { Table = "filter" }) is { } change)
        {
            var done = await _iptables.RestoreAsync(family, change, cancellationToken);
            if (!done.Succeeded)
            {
                throw new InvalidOperationException($"{done.Argv}: exit {done.ExitCode}: {done.Error}");
            }
        }
    }
}
