using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Which source has which node: two that are called alike would be told as one node that never was.</summary>
internal sealed class AuditOwners
{
    private readonly Dictionary<string, AuditSource> _owners = new(StringComparer.Ordinal);

    /// <summary>The events of a source.</summary>
    /// <exception cref="FormatException">Another source has events of a node of the same name.</exception>
    public IEnumerable<Envelope> Owned(AuditSource source, IEnumerable<Envelope> events)
    {
        foreach (var envelope in events)
        {
            if (!_owners.TryAdd(envelope.Node, source) && _owners[envelope.Node] is var owner && owner != source)
            {
                throw new FormatException(
                    $"{owner.Name} and {source.Name} both have events of a node {envelope.Node}, "
                    + "which may be two nodes: ask about one of them at a time");
            }

            yield return envelope;
        }
    }
}
