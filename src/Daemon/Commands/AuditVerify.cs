using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Commands;

/// <summary>Checks the whole journal, and against the archive that it was shipped to.</summary>
internal static class AuditVerify
{
    public static Command Command()
    {
        var against = new Option<string>("--against")
        {
            Description = "compare with this archive too, event by event: an Npgsql connection string, or a file that holds it",
            HelpName = "CONNECTION",
        };
        var command = new Command("verify", "Check that no line of the journal was changed, left out or moved: exit 0 none was, 1 the first that was; prints the head");
        var settings = Settings.For(command, [OptionTable.Journal, OptionTable.ArchiveSchema, OptionTable.InsecurePermissions, OptionTable.Cluster]);
        command.Options.Add(against);
        command.SetAction(parsed =>
        {
            var given = settings.With(parsed);
            var directory = given.Text(OptionTable.Journal.Name);
            var name = AuditSource.OfJournal(directory).Name;
            var archive = parsed.GetValue(against) is { } address ? ArchiveAddress.Of(given, address) : null;
            var proof = JournalVerifier.Verify(name, Console.IsErrorRedirected ? null : read => Console.Error.Write($"\r\e[K{read >> 20} MiB of text"));
            if (!Console.IsErrorRedirected)
            {
                Console.Error.Write("\r\e[K");
            }

            Console.WriteLine($"{proof.Events} events, {proof.Bytes} bytes, head #{proof.HeadSeq} {proof.Head}");
            if ((proof.Problem ?? (archive is null ? null : Compare(directory, archive, given.Text(OptionTable.Cluster.Name)))) is { } problem)
            {
                Console.Error.WriteLine($"galeragate: {problem}");
                return 1;
            }

            return 0;
        });
        return command;
    }

    /// <summary>What differs first between journal and archive; null where nothing does. What the archive does not have yet is no difference.</summary>
    private static string? Compare(string directory, ArchiveAddress address, string cluster)
    {
        var first = JournalReader.Lines(directory, JournalFilter.All).FirstOrDefault();
        if (first is null)
        {
            return null;
        }

        var (node, from) = (first.Envelope!.Node, first.Envelope.Seq);
        var stream = MartenArchive.StreamOf(cluster, node);
        if (AuditSource.OfArchive(address, cluster, [node]) is not [var archived])
        {
            return $"the archive has no {stream}";
        }

        using var lines = JournalReader.Lines(directory, JournalFilter.All).GetEnumerator();
        var compared = 0L;
        foreach (var entry in archived.Read(new JournalFilter { From = from }))
        {
            if (!lines.MoveNext())
            {
                return $"the archive has #{entry.Envelope.Seq} of {stream} and the journal ends before it: an end was cut off, or another node ships under this name";
            }

            using var ours = JsonDocument.Parse(lines.Current.Bytes);
            using var theirs = JsonDocument.Parse(entry.Line());
            if (!JsonElement.DeepEquals(ours.RootElement, theirs.RootElement))
            {
                return $"the archive's #{entry.Envelope.Seq} of {stream} is not the journal's";
            }

            compared++;
        }

        Console.WriteLine($"{compared} of them are in the archive as {stream}, each the same{(lines.MoveNext() ? "; the rest is not shipped yet" : "")}");
        return null;
    }
}
