using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>A line of a journal: the event, or why it has none; or a section that cannot be read at all.</summary>
/// <param name="Start">The offset of the line in the segment's text.</param>
/// <param name="End">The offset after the line and its line feed.</param>
/// <param name="Envelope">The event in the line. If it has a doubt, the line was changed and cannot be trusted.</param>
/// <param name="Hash">The line's hash if its bytes are unchanged; null if not.</param>
/// <param name="Problem">What is wrong with it; null if nothing is.</param>
public sealed record JournalLine(
    string Segment,
    long Start,
    long End,
    ReadOnlyMemory<byte> Bytes,
    Envelope? Envelope,
    string? Hash,
    string? Problem);

/// <summary>The events to read from a journal; an unset property does not filter.</summary>
public sealed record JournalFilter
{
    public static JournalFilter All { get; } = new();

    /// <summary>The first seq.</summary>
    public long From { get; init; }

    public DateTimeOffset? Since { get; init; }

    public DateTimeOffset? Until { get; init; }

    /// <summary>The names of the event types.</summary>
    public IReadOnlySet<string>? Types { get; init; }

    /// <summary>Only events that name a cause.</summary>
    public bool Caused { get; init; }

    internal bool Wants(LineHead head) =>
        head.Seq >= From && !(head.At < Since) && !(head.At > Until) && Types?.Contains(head.Type) is not false;

    public bool Wants(Envelope envelope) =>
        envelope.Seq >= From && !(envelope.At.Utc < Since) && !(envelope.At.Utc > Until)
        && Types?.Contains(envelope.Type) is not false && !(Caused && envelope.Cause is null);
}
