using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// The streams of an archive that a command reads, queried together: for a thousand nodes each question is one query,
/// and each stream takes its part of the answer.
/// </summary>
internal sealed class ArchivedStreams(ArchiveReadModels models, IReadOnlyList<string> streams)
{
    /// <summary>More events than this are read a page at a time, stream by stream.</summary>
    private const int MostInMemory = 100_000;

    private readonly Dictionary<object, object?> _answers = [];

    public StreamClosures Closures(string stream, DateTimeOffset? since, DateTimeOffset? until) =>
        Once((since, until), () => models.Closures(streams, since, until))![stream];

    /// <summary>The point from which to read a stream for its state at a time.</summary>
    public StreamBegin Begin(string stream, DateTimeOffset time) =>
        Begins(time).GetValueOrDefault(stream, StreamBegin.First);

    /// <summary>The events from that point on; null if they are too many to keep in memory.</summary>
    public IEnumerable<Envelope>? After(string stream, DateTimeOffset begin, DateTimeOffset? until) =>
        Once((begin, until, "after"), () => models.After(streams, Begins(begin), until, MostInMemory))?[stream];

    /// <summary>The first events after a time.</summary>
    public IEnumerable<Envelope> FirstAfter(string stream, DateTimeOffset time, TimeSpan within) =>
        Once((time, within), () => models.FirstAfter(streams, time, within))![stream];

    public IEnumerable<Envelope> Notes(string stream) => Once("notes", () => models.Notes(streams))![stream];

    private IReadOnlyDictionary<string, StreamBegin> Begins(DateTimeOffset time) =>
        Once((time, "begins"), () => models.Begins(streams, time))!;

    private T? Once<T>(object question, Func<T?> ask)
        where T : class
    {
        if (!_answers.TryGetValue(question, out var answer))
        {
            _answers[question] = answer = ask();
        }

        return (T?)answer;
    }
}
