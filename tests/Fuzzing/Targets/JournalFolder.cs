using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// A journal's folder in which one file has arbitrary content. It is read to its end, verified and summarized, and a
/// daemon that opens it continues it. The first byte selects the file.
/// </summary>
internal static class JournalFolder
{
    private const string Released = "tests/Infrastructure.Tests/Journal/Released/0.1.0";

    private static readonly string Folder = Scratch.Path("journal");

    /// <summary>The files of the folder, with their modification times.</summary>
    private static readonly (string Name, byte[] Bytes, DateTime Written)[] Good = Made();

    private static (string Name, byte[] Bytes, DateTime Written)[] Made()
    {
        _ = Directory.CreateDirectory(Folder);
        foreach (var file in Directory.GetFiles(Released).Where(file => !file.EndsWith("expected")))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        }

        JournalSummaries.Make(Folder, CancellationToken.None);
        return [.. Directory.GetFiles(Folder).Order(StringComparer.Ordinal).Select(
            file => (Path.GetFileName(file), File.ReadAllBytes(file), File.GetLastWriteTimeUtc(file)))];
    }

    public static IEnumerable<byte[]> Seeds() =>
        Good.Select((file, number) => (byte[])[(byte)number, .. file.Bytes]);

    public static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        foreach (var file in Directory.GetFiles(Folder))
        {
            File.Delete(file);
        }

        foreach (var (number, (name, bytes, written)) in Good.Index())
        {
            var path = Path.Combine(Folder, name);
            File.WriteAllBytes(path, number == input[0] % Good.Length ? input[1..] : bytes);
            File.SetLastWriteTimeUtc(path, written);
        }

        foreach (var line in JournalReader.Lines(Folder, JournalFilter.All))
        {
            Check.That(line.Envelope is not null || line.Problem is not null, "a line that is nothing");
            Check.IsOneLine(line.Problem);
        }

        var from = JournalFilter.All with { From = 50, Since = DateTimeOffset.UnixEpoch };
        _ = JournalReader.Lines(Folder, from).Count();
        Check.IsOneLine(JournalVerifier.Verify(Folder, looks: 1).Problem);
        _ = JournalSummaries.Closures(Folder, _ => { });
        _ = JournalSummaries.Samples(Folder, _ => { });
        _ = JournalSummaries.Notes(Folder, _ => { });
        _ = Check.Refusable(() =>
        {
            using var opened = JournalFile.Open(Folder, 1 << 20);
            opened.Append([new Envelope(opened.Seq + 1, default, "n1", new GateOpened("synced"), null, null, null)]);
            return opened;
        });
    }
}
