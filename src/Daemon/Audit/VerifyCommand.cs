using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Checks the whole journal, against the heads that its daemon wrote to the system log, and against the archive that it
/// was shipped to.
/// </summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var against = new Option<string>("--against")
        {
            Description =
                "compare with this archive too, event by event: an Npgsql connection string, or a file that holds it",
            HelpName = "CONNECTION",
        };
        var command = new Command(
            "verify",
            "Check that no line of the journal was changed, left out or moved: exit 0 none was, 1 the first that was, "
            + "or the newest may be missing; prints the head");
        var settings = Settings.For(
            command,
            [
                OptionTable.Journal,
                OptionTable.ArchiveSchema,
                OptionTable.InsecurePermissions,
                OptionTable.Cluster,
                OptionTable.Node with { Help = "whose archive an empty journal must match; default the host's name" },
            ]);
        command.Options.Add(against);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            var directory = given.Text(OptionTable.Journal.Name);
            var name = AuditSource.OfJournal(directory, _ => { }).Name;
            var archive = parsed.GetValue(against) is { } address ? ArchiveAddress.Of(given, address) : null;
            var first = JournalReader.Events(name).FirstOrDefault();
            var heads = await LoggedHeads.OfAsync(name, first?.At.Utc, Say, cancellationToken);
            var proof = JournalVerifier.Verify(name, read => Terminal.Progress($"{read >> 20} MiB of text"), heads);
            Terminal.Progress("");

            Console.WriteLine($"{proof.Events} events, {proof.Bytes} bytes, head #{proof.HeadSeq} {proof.Head}");
            if (proof.Dropped is { } dropped)
            {
                Say($"the retention dropped the events up to #{dropped} while the journal was checked");
            }

            if ((proof.Problem ?? (archive is null ? null : Compare(name, archive, given))) is { } problem)
            {
                Say(problem);
                return 1;
            }

            if (proof.Warning is { } warning)
            {
                Say($"warning: {warning}");
            }

            if (heads.Keys.Count(seq => seq >= first?.Seq) is > 0 and var compared)
            {
                Console.WriteLine($"{compared} of its heads are in the system log, each the same");
            }

            return proof.Warning is null ? 0 : 1;
        });
        return command;
    }

    private static void Say(string what) => Console.Error.WriteLine($"galeragate: {what}");

    /// <summary>
    /// What differs first between journal and archive; null when nothing does. What the archive does not have yet is no
    /// difference, nor is what the journal dropped.
    /// </summary>
    private static string? Compare(string directory, ArchiveAddress address, Settings given)
    {
        var cluster = given.Text(OptionTable.Cluster.Name);
        using var lines = JournalReader.Lines(directory, JournalFilter.All)
            .Where(line => line.Envelope is not null).GetEnumerator();
        var ours = lines.MoveNext() ? lines.Current : null;
        var named = given.Text(OptionTable.Node.Name);
        var node = ours?.Envelope!.Node ?? (named.Length > 0 ? named : Environment.MachineName);
        var stream = MartenArchive.StreamOf(cluster, node);
        if (AuditSource.OfArchive(address, cluster, [node]) is not [var archived])
        {
            return ours is null ? null : $"the archive has no {stream}";
        }

        var compared = 0L;
        foreach (var entry in archived.Read(new JournalFilter { From = ours?.Envelope!.Seq ?? 0 }))
        {
            if (ours is null)
            {
                return $"the archive has #{entry.Envelope.Seq} of {stream} and the journal ends before it: "
                    + "an end was cut off, or another node ships under this name";
            }

            if (ours.Envelope!.Seq > entry.Envelope.Seq)
            {
                // The journal was whole a moment ago: the retention dropped these since.
                continue;
            }

            while (compared == 0 && ours.Envelope!.Seq < entry.Envelope.Seq && lines.MoveNext())
            {
                // The archive has a retention of its own: what is before its first event is in the journal alone.
                ours = lines.Current;
            }

            if (ours.Envelope!.Seq != entry.Envelope.Seq)
            {
                return $"the archive has no #{ours.Envelope.Seq} of {stream}";
            }

            using var here = JsonDocument.Parse(ours.Bytes);
            using var there = JsonDocument.Parse(entry.Line());
            if (!JsonElement.DeepEquals(here.RootElement, there.RootElement))
            {
                return $"the archive's #{entry.Envelope.Seq} of {stream} is not the journal's";
            }

            compared++;
            ours = lines.MoveNext() ? lines.Current : null;
        }

        var rest = ours is null ? "" : "; the rest is not shipped yet";
        Console.WriteLine($"{compared} of them are in the archive as {stream}, each the same{rest}");
        return null;
    }
}
