using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Audit;

/// <summary>The period that events cover, noted while another reader consumes them.</summary>
/// <param name="since">Do not count clients that were reset before this time; null to count all.</param>
public sealed class Extent(DateTimeOffset? since)
{
    private readonly Dictionary<string, DateTimeOffset> _known = new(StringComparer.Ordinal);

    /// <summary>The start of each node's record.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Known => _known;

    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset Last { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>How many client connections were reset.</summary>
    public long ClientsReset { get; private set; }

    /// <summary>The period that the records cover, up to a given time.</summary>
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

    /// <summary>Passes the events through unchanged and notes what they cover.</summary>
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
