using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Problems of the journals being read. Each line is reported once on standard error, however often it is read.
/// </summary>
internal sealed class AuditProblems
{
    /// <summary>At most this many lines of a heavily damaged journal are reported.</summary>
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
        // It must appear after the lines that were printed before it.
        Console.Out.Flush();
        Console.Error.WriteLine(_reported.Count > MostReported
            ? "galeragate: and more like these: see galeragate audit verify"
            : $"galeragate: {Path.GetFileName(line.Segment)} at byte {line.Start}{seq}: {line.Problem}");
    }

    /// <summary>A segment that is compressed between two readings is the same segment.</summary>
    private static string NameOf(JournalLine line) =>
        Segment.IsCompressed(line.Segment) ? line.Segment[..^Path.GetExtension(line.Segment).Length] : line.Segment;
}
