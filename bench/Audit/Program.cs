using System.Diagnostics;
using System.Globalization;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;
using Npgsql;

// bench-audit [EVENTS [FOLDER]]: if FOLDER is given, it is kept.
// Measures what the audit costs. The decider of a flapping node makes a journal of EVENTS events, which is then
// written, kept, verified, queried and shipped.
var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
var folder = args.Length > 1 ? args[1] : Directory.CreateTempSubdirectory("galeragate-bench").FullName;
var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
try
{
    Singly(Path.Combine(folder, "singly"));
    var journal = Path.Combine(folder, "journal");
    var (bytes, end) = InBatches(journal);
    var middle = start + ((end - start) / 2);
    var minute = new JournalFilter { Since = middle, Until = middle.AddMinutes(1) };

    var verifying = Stopwatch.StartNew();
    var proof = JournalVerifier.Verify(journal);
    Say(
        "verify",
        $"{bytes / verifying.Elapsed.TotalSeconds / 1e6:0} MB/s, {proof.Events / verifying.Elapsed.TotalSeconds:0} "
        + $"events/s{(proof.Problem is null ? "" : ": " + proof.Problem)}");

    Time("a minute in the middle, no index", () => $"{JournalReader.Events(journal, minute).Count()} events");
    var keeping = Stopwatch.StartNew();
    JournalKeeper.Compress(journal, CancellationToken.None);
    var kept = Directory.GetFiles(journal).Sum(file => new FileInfo(file).Length);
    Say("index and compress", $"{keeping.Elapsed.TotalSeconds:0.0} s, to {100.0 * kept / bytes:0.0} % of the text");

    Time("a minute in the middle, with index", () => $"{JournalReader.Events(journal, minute).Count()} events");
    Time("one event by its seq", () => $"{(JournalReader.HashAt(journal, count / 2) is null ? "none" : "found")}");
    Time(
        "the state at a time in the middle",
        () =>
            JournalReader
                .EventsFor(journal, middle)
                .TakeWhile(envelope => envelope.At.Utc <= middle)
                .Aggregate(new GateState(), GateDecider.Evolve)
                .Phase.ToString());
    Time(
        "the state that a start folds",
        () =>
            JournalReader
                .EventsFor(journal, DateTimeOffset.MaxValue)
                .Aggregate(new GateState(), GateDecider.Evolve)
                .Phase.ToString());
    Time(
        "every failover",
        () =>
        {
            var (ended, _) = JournalSummaries.Closures(journal, _ => { });
            return $"{ended.Count} closures";
        });
    var reading = Stopwatch.StartNew();
    var read = JournalReader.Events(journal).Count();
    Say(
        "read everything",
        $"{read / reading.Elapsed.TotalSeconds:0} events/s, {bytes / reading.Elapsed.TotalSeconds / 1e6:0} MB/s of text"
    );

    var sample = JournalReader.Events(journal).Take(500_000).ToList();
    var folding = Stopwatch.StartNew();
    _ = sample.Aggregate(new GateState(), GateDecider.Evolve);
    Say("fold in memory", $"{sample.Count / folding.Elapsed.TotalSeconds:0} events/s");
    await ShipAsync(journal, Math.Min(count, 200_000));
}
finally
{
    if (args.Length < 2)
    {
        Directory.Delete(folder, recursive: true);
    }
}

void Singly(string path)
{
    const int Few = 500;
    using var file = JournalFile.Open(path);
    var watch = Stopwatch.StartNew();
    foreach (var envelope in Story(Few))
    {
        file.Append([envelope]);
    }

    Say("append, an fsync each", $"{Few / watch.Elapsed.TotalSeconds:0} events/s");
}

(long Bytes, DateTimeOffset End) InBatches(string path)
{
    using var file = JournalFile.Open(path);
    var (spent, last) = (TimeSpan.Zero, start);
    foreach (var batch in Story(count).Chunk(1000))
    {
        var watch = Stopwatch.StartNew();
        file.Append(batch);
        spent += watch.Elapsed;
        last = batch[^1].At.Utc;
    }

    var size = Segment.Of(path).Sum(segment => new FileInfo(segment).Length);
    Say(
        "append, an fsync for 1000",
        $"{count / spent.TotalSeconds:0} events/s, {size / spent.TotalSeconds / 1e6:0} MB/s; {count} events are "
        + $"{size / 1e6:0} MB in {Segment.Of(path).Count} segments");
    return (size, last);
}

async Task EightAtOnceAsync(NpgsqlDataSource source, List<ChainedEvent> events)
{
    const int Nodes = 8;
    var watch = Stopwatch.StartNew();
    await Task.WhenAll(Enumerable.Range(0, Nodes).Select(node => Task.Run(async () =>
    {
        using var archive = new MartenArchive(source, MartenArchive.DefaultSchema);
        foreach (var batch in events.Chunk(ArchiveShipper.MaxBatch))
        {
            await archive.AppendAsync($"node/eight/n{node}", batch, CancellationToken.None);
        }
    })));
    Say("eight nodes ship at once", $"{Nodes * events.Count / watch.Elapsed.TotalSeconds:0} events/s");
}

async Task ShipAsync(string journal, int events)
{
    using var server = PostgresServer.Begin();
    await using var source = NpgsqlDataSource.Create(server.Connection);
    using var archive = new MartenArchive(source, MartenArchive.DefaultSchema);
    await archive.InitializeAsync(CancellationToken.None);
    var lines = JournalReader
        .Lines(journal, JournalFilter.All)
        .Take(events)
        .Select(line => new ChainedEvent(line.Envelope!, HashChain.Prev(line.Bytes.Span)!, line.Hash!));
    var spent = TimeSpan.Zero;
    foreach (var batch in lines.Chunk(ArchiveShipper.MaxBatch))
    {
        var watch = Stopwatch.StartNew();
        await archive.AppendAsync("node/galera/n1", batch, CancellationToken.None);
        spent += watch.Elapsed;
    }

    Say("ship to PostgreSQL", $"{events / spent.TotalSeconds:0} events/s");
    await EightAtOnceAsync(source, [.. lines.Take(events / 8)]);
    var queries = new ArchiveQueries(source, MartenArchive.DefaultSchema);
    var at = queries.Events("node/galera/n1", after: (events / 2) - 1).First().Envelope.At.Utc;
    Time("a minute in the archive", () => $"{queries.Events("node/galera/n1", at, at.AddMinutes(1)).Count()} events");
}

IEnumerable<Envelope> Story(int events)
{
    var (state, memory, told) = (new GateState(), new GateMemory("n1", Policy.Default), 0);
    Observation[] seen = [Seen("OFF"), Seen("ON")];
    foreach (var signal in Enumerable
        .Range(0, int.MaxValue)
        .Select(i =>
            i == 0
                ? (Signal)new Starting(At(0), "1", Policy.Default, 0, [], null)
                : new Observed(At(i * 0.25), seen[i / 8 % 2])))
    {
        (state, memory, var made) = GateDecider.Take(state, memory, signal);
        foreach (var envelope in made)
        {
            yield return envelope;
            if (++told == events)
            {
                yield break;
            }
        }
    }
}

Instant At(double second) =>
    new(start.AddSeconds(second), TimeSpan.FromSeconds(second), "6f1c9a8e-0000-4000-8000-000000000000");

static Observation Seen(string readOnly) => ObservedVariable.ReadAnswer(
[
    new("wsrep_local_state", "4"),
    new("wsrep_local_state_comment", "Synced"),
    new("wsrep_cluster_status", "Primary"),
    new("wsrep_ready", "ON"),
    new("wsrep_connected", "ON"),
    new("wsrep_cluster_size", "3"),
    new("wsrep_cluster_conf_id", "7"),
    new("wsrep_last_committed", "100"),
    new("wsrep_local_recv_queue", "0"),
    new("read_only", readOnly),
    new("wsrep_on", "ON"),
    new("wsrep_sst_method", "rsync"),
    new("wsrep_desync", "OFF"),
    new("wsrep_reject_queries", "NONE"),
    new("Uptime", "1000"),
]);

static void Time(string what, Func<string> act)
{
    var first = Stopwatch.StartNew();
    var found = act();
    var (cold, again) = (first.Elapsed, Stopwatch.StartNew());
    _ = act();
    Say(what, $"{cold.TotalMilliseconds:0} ms, again {again.Elapsed.TotalMilliseconds:0} ms: {found}");
}

static void Say(string what, string figures) => Console.WriteLine($"{what,-36} {figures}");
