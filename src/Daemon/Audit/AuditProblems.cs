using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// What is wrong with the journals that are read: each line is reported once, however often it is read, on standard
/// error.
/// </summary>
internal sealed class AuditProblems
{
    /// <summary>A journal that is damaged throughout is not listed line by line.</summary>
    private const int MostReported = 20;

    private readonly HashSet<(string Segment, long Start)> _reported = [];

    public bool Any => _reported.Count > 0;

    public void Report(JournalLine line)
    {
        if (_reported.Count > MostReported || !_reported.Add((NameOf(line), line.Start)))
        {
            return;
        }

        var seq = line.Envelope is { } envelope ? $", #{envelope.Seq}" : "";
        // It stands after the lines that were shown before it.
        Console.Out.Flush();
        Console.Error.WriteLine(_reported.Count > MostReported
            ? "galeragate: and more like these: see galeragate audit verify"
            : $"galeragate: {Path.GetFileName(line.Segment)} at byte {line.Start}{seq}: {line.Problem}");
    }

    /// <summary>A segment that is compressed between two readings is the same.</summary>
    private static string NameOf(JournalLine line) =>
        Segment.IsCompressed(line.Segment) ? line.Segment[..^Path.GetExtension(line.Segment).Length] : line.Segment;
}
