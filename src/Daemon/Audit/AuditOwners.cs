using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Records which source has which node. Two nodes with the same name would be merged into one that never existed.
/// </summary>
internal sealed class AuditOwners
{
    private readonly Dictionary<string, AuditSource> _owners = new(StringComparer.Ordinal);

    /// <summary>The events of a source.</summary>
    /// <exception cref="FormatException">Another source has events of a node of the same name.</exception>
    public IEnumerable<Envelope> Owned(AuditSource source, IEnumerable<Envelope> events)
    {
        foreach (var envelope in events)
        {
            Claim(source, envelope.Node);
            yield return envelope;
        }
    }

    /// <summary>Registers a source's events of a node.</summary>
    /// <exception cref="FormatException">Another source has events of a node of the same name.</exception>
    public void Claim(AuditSource source, string node)
    {
        if (!_owners.TryAdd(node, source) && _owners[node] is var owner && owner != source)
        {
            throw new FormatException(
                $"{owner.Name} and {source.Name} both have events of a node {node}, "
                + "which may be two nodes: ask about one of them at a time");
        }
    }
}
