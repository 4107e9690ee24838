using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;
using JasperFx.Events;
using Npgsql;

namespace GaleraGate.Simulation.Tests;

/// <summary>The ways in which an archive fails.</summary>
internal enum ArchiveTrouble
{
    None,

    /// <summary>Nothing listens there.</summary>
    Down,

    /// <summary>It answers each connection with an error.</summary>
    Refusing,

    /// <summary>It can be read and not written.</summary>
    Standby,

    /// <summary>
    /// It accepts and never answers, not even a cancellation; the connector's own timeout ends the call.
    /// </summary>
    Silent,

    /// <summary>It stores what it is given, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>Each call takes seconds.</summary>
    Slow,

    /// <summary>It refuses every transaction of more than two events as too large.</summary>
    Narrow,
}

/// <summary>
/// The archive of all hosts: streams that only grow by the events that follow, and every way to fail. It checks
/// whatever it is given against the journal on disk.
/// </summary>
/// <param name="onDisk">The hash of an event in a stream's journal; null if it is not on disk.</param>
internal sealed class SimulatedArchive(VirtualTime time, Random random, Func<string, long, string?> onDisk)
    : IArchiveEnd, IArchiveHashes
{
    /// <summary>The connector's limit for a command.</summary>
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, List<ChainedEvent>> _streams = [];
    private TimeSpan _until;
    private ArchiveTrouble _trouble;

    public string? ReadModelTrouble => null;

    /// <summary>The kinds of trouble that a call met.</summary>
    public HashSet<ArchiveTrouble> Met { get; } = [];

    private ArchiveTrouble Trouble => time.Now < _until ? _trouble : ArchiveTrouble.None;

    public IReadOnlyList<ChainedEvent> Of(string stream) => _streams.GetValueOrDefault(stream) ?? [];

    /// <summary>It fails in some way for some time, or comes back from a backup.</summary>
    public void Break()
    {
        const int Kinds = 8;
        if (random.Next(Kinds) == 0)
        {
            foreach (var events in _streams.Values.Where(events => events.Count > 0))
            {
                var kept = events.Count - random.Next(Math.Min(events.Count, 20));
                events.RemoveRange(kept, events.Count - kept);
            }
        }

        Fail((ArchiveTrouble)random.Next(Kinds), random.NextDouble() * 60);
    }

    public void Fail(ArchiveTrouble trouble, double seconds) =>
        (_trouble, _until) = (trouble, time.Now + TimeSpan.FromSeconds(seconds));

    public void EndTrouble() => _until = time.Now;

    public async Task<long> VersionAsync(string stream, CancellationToken cancellationToken)
    {
        await AnswerAsync(isWrite: false, cancellationToken);
        return Of(stream).Count;
    }

    public async Task<string?> HashAsync(string stream, long version, CancellationToken cancellationToken)
    {
        await AnswerAsync(isWrite: false, cancellationToken);
        return version >= 1 && version <= Of(stream).Count ? Of(stream)[(int)version - 1].Hash : null;
    }

    public async Task AppendAsync(
        string stream, IReadOnlyList<ChainedEvent> events, CancellationToken cancellationToken)
    {
        const int Most = 2;
        await AnswerAsync(isWrite: true, cancellationToken);
        if (Trouble == ArchiveTrouble.Narrow && events.Count > Most)
        {
            _ = Met.Add(ArchiveTrouble.Narrow);
            throw Error("54000", "the transaction is too large");
        }

        var there = Of(stream).Count;
        if (events[0].Envelope.Seq != there + 1 || events[^1].Envelope.Seq != there + events.Count)
        {
            throw new EventStreamUnexpectedMaxEventIdException(
                stream, null, events[^1].Envelope.Seq - events.Count, there);
        }

        foreach (var one in events)
        {
            World.Must(
                one.Hash == onDisk(stream, one.Envelope.Seq),
                $"#{one.Envelope.Seq} of {stream} is shipped and is not what the journal has on disk");
        }

        _streams[stream] = [.. Of(stream), .. events];
        if (Trouble == ArchiveTrouble.AnswerLost)
        {
            _ = Met.Add(ArchiveTrouble.AnswerLost);
            throw new NpgsqlException("Exception while reading from stream");
        }
    }

    /// <summary>The time that a call takes, and the trouble that it meets.</summary>
    private async Task AnswerAsync(bool isWrite, CancellationToken cancellationToken)
    {
        const double Slowest = 20;
        var started = time.Now;
        var seconds = Trouble == ArchiveTrouble.Slow ? random.NextDouble() * Slowest : random.Next(1, 30) / 1000.0;
        await Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken);
        _ = Met.Add(Trouble);
        while (Trouble == ArchiveTrouble.Silent)
        {
            if (time.Now - started > CommandLimit)
            {
                throw new NpgsqlException("Exception while reading from stream", new TimeoutException());
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time, CancellationToken.None);
        }

        Exception? error = Trouble switch
        {
            ArchiveTrouble.Down => new NpgsqlException("Failed to connect to 192.0.2.1:5432"),
            ArchiveTrouble.Refusing => Error("53300", "sorry, too many clients already"),
            ArchiveTrouble.Standby when isWrite =>
                Error("25006", "cannot execute INSERT in a read-only transaction"),
            _ => null,
        };
        if (error is not null)
        {
            throw error;
        }
    }

    private static PostgresException Error(string state, string words) => new(words, "ERROR", "ERROR", state);
}
