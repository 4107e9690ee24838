using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>A journal of a few lines in a folder of its own.</summary>
internal sealed class SmallJournal : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    public string Folder { get; } = Directory.CreateTempSubdirectory("galeragate-small").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>Each list of seqs is a segment of its own.</summary>
    public void Write(params IReadOnlyList<int[]> segments)
    {
        const long WithEachOpening = 1;
        for (var i = 0; i < segments.Count; i++)
        {
            using var file = JournalFile.Open(Folder, i == 0 ? Segment.DefaultBytes : WithEachOpening);
            file.Append([.. segments[i].Select(Event)]);
        }
    }

    /// <summary>
    /// A second later than the one before. The first is a hold, which is carried on; each even one names a cause.
    /// </summary>
    public static Envelope Event(int seq) => new(
        seq,
        new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"),
        "n1",
        seq == 1 ? new HoldPlaced(Holds.Operator, "alice", "planned 1") : new Annotated(seq, "alice", "planned"),
        seq % 2 == 0 ? 1 : null,
        null,
        null);

    public void Modify(int segment, string from, string to)
    {
        var path = Segment.Of(Folder)[segment];
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(path));
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }

    public static void CutSeal(string segment)
    {
        var seal = RawLines.OfFile(segment).Single(raw => SealLine.Is(raw.Bytes.Span));
        using var file = new FileStream(segment, FileMode.Open);
        file.SetLength(seal.Start);
    }

    /// <summary>The lines' numbers; '!' is before a line with a problem.</summary>
    public static string Text(IEnumerable<JournalLine> lines) => string.Join(' ', lines.Select(
        line => $"{(line.Problem is null ? "" : "!")}{line.Envelope?.Seq}"));
}
