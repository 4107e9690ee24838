using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>What events span, noted while somebody else reads them.</summary>
/// <param name="since">Clients that were reset before are not counted; null for all.</param>
public sealed class Extent(DateTimeOffset? since)
{
    private readonly Dictionary<string, DateTimeOffset> _known = new(StringComparer.Ordinal);

    /// <summary>Since when each node has a record.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Known => _known;

    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset Last { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>How many connections of clients were reset.</summary>
    public long ClientsReset { get; private set; }

    /// <summary>What records span, up to a time.</summary>
    public static Extent Of(
        IEnumerable<NodeSpan> spans, IEnumerable<Sample> samples, DateTimeOffset? since, DateTimeOffset? until)
    {
        var extent = new Extent(since);
        foreach (var span in spans.Where(span => !(span.First > until)))
        {
            _ = extent._known.TryAdd(span.Node, span.First);
            extent.First = span.First < extent.First ? span.First : extent.First;
            var last = span.Last > until ? until.Value : span.Last;
            extent.Last = last > extent.Last ? last : extent.Last;
        }

        extent.ClientsReset = samples
            .Where(sample => sample.Kind == SampleKind.Reset && !(sample.At < since) && !(sample.At > until))
            .Sum(sample => sample.Count);
        return extent;
    }

    /// <summary>The same events.</summary>
    public IEnumerable<Envelope> Watch(IEnumerable<Envelope> events)
    {
        foreach (var envelope in events)
        {
            var at = envelope.At.Utc;
            _ = _known.TryAdd(envelope.Node, at);
            (First, Last) = (at < First ? at : First, at > Last ? at : Last);
            ClientsReset += envelope.Event is ConnectionsReset e && !(at < since) ? e.Count : 0;
            yield return envelope;
        }
    }
}
