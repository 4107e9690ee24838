using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Verifies the whole journal, also against the heads that its daemon wrote to the system log and against the archive.
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
        var json = new Option<bool>("--json") { Description = "one JSON object" };
        command.Options.Add(against);
        command.Options.Add(json);
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

            var copy = proof.Problem is not null || archive is null ? null : Compare(name, archive, given);
            var logged = heads.Keys.Count(seq => seq >= first?.Seq);
            var problem = proof.Problem ?? copy?.Problem;
            if (parsed.GetValue(json))
            {
                var document = VerifyDocument.Of(proof, problem, logged, copy?.Compared);
                Console.WriteLine(JsonSerializer.Serialize(document, AuditJson.Default.VerifyDocument));
            }
            else
            {
                Write(proof, copy, problem is null ? logged : 0);
            }

            if (proof.Dropped is { } dropped)
            {
                Say($"the retention dropped the events up to #{dropped} while the journal was checked");
            }

            if ((problem ?? (proof.Warning is { } warning ? $"warning: {warning}" : null)) is not { } wrong)
            {
                return 0;
            }

            Say(wrong);
            return 1;
        });
        return command;
    }

    /// <summary>The result of comparing with the archive.</summary>
    /// <param name="Problem">The first difference; null if none.</param>
    /// <param name="Words">What was compared.</param>
    private sealed record Copy(string? Problem, long Compared, string Words);

    private static void Write(JournalProof proof, Copy? copy, int logged)
    {
        Console.WriteLine($"{proof.Events} events, {proof.Bytes} bytes, head #{proof.HeadSeq} {proof.Head}");
        if (copy is { Problem: null })
        {
            Console.WriteLine(copy.Words);
        }

        if (logged > 0)
        {
            Console.WriteLine($"{logged} of its heads are in the system log, each the same");
        }
    }

    private static void Say(string what) => Console.Error.WriteLine($"galeragate: {what}");

    /// <summary>
    /// Compares byte for byte. A line shipped by 0.1.0, which kept no original lines, may have another form: then the
    /// fields and values must be equal.
    /// </summary>
    private static bool IsSame(ReadOnlyMemory<byte> ours, ReadOnlyMemory<byte> archived)
    {
        if (ours.Span.SequenceEqual(archived.Span))
        {
            return true;
        }

        using var here = JsonDocument.Parse(ours);
        using var there = JsonDocument.Parse(archived);
        return JsonElement.DeepEquals(here.RootElement, there.RootElement);
    }

    /// <summary>
    /// Compares journal and archive; null if there is nothing to compare. Events that the archive does not have yet, or
    /// that the journal deleted, are not differences.
    /// </summary>
    private static Copy? Compare(string directory, ArchiveAddress address, Settings given)
    {
        var cluster = given.Text(OptionTable.Cluster.Name);
        using var lines = JournalReader.Lines(directory, JournalFilter.All)
            .Where(line => line.Envelope is not null).GetEnumerator();
        var ours = lines.MoveNext() ? lines.Current : null;
        var named = given.Text(OptionTable.Node.Name);
        var node = ours?.Envelope!.Node ?? (named.Length > 0 ? named : Environment.MachineName);
        var stream = MartenArchive.StreamOf(cluster, node);
        var compared = 0L;
        if (AuditSource.OfArchive(address, cluster, [node]) is not [var archived])
        {
            return ours is null ? null : Differs($"the archive has no {stream}");
        }

        foreach (var entry in archived.Read(new JournalFilter { From = ours?.Envelope!.Seq ?? 0 }))
        {
            if (ours is null)
            {
                return Differs(
                    $"the archive has #{entry.Envelope.Seq} of {stream} and the journal ends before it: "
                    + "an end was cut off, or another node ships under this name");
            }

            if (ours.Envelope!.Seq > entry.Envelope.Seq)
            {
                // The journal was complete a moment ago: retention has deleted these since.
                continue;
            }

            while (compared == 0 && ours.Envelope!.Seq < entry.Envelope.Seq && lines.MoveNext())
            {
                // The archive has its own retention: earlier events are in the journal only.
                ours = lines.Current;
            }

            if (ours.Envelope!.Seq != entry.Envelope.Seq)
            {
                return Differs($"the archive has no #{ours.Envelope.Seq} of {stream}");
            }

            if (!IsSame(ours.Bytes, entry.Line()))
            {
                return Differs($"the archive's #{entry.Envelope.Seq} of {stream} is not the journal's");
            }

            compared++;
            ours = lines.MoveNext() ? lines.Current : null;
        }

        var rest = ours is null ? "" : "; the rest is not shipped yet";
        return new Copy(null, compared, $"{compared} of them are in the archive as {stream}, each the same{rest}");

        Copy Differs(string how) => new(how, compared, "");
    }
}
