using System.CommandLine;
using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Archive;
using GaleraGate.Infrastructure.Journal;
using Npgsql;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// After a power cut, or with a restored disk, the archive may have events that the journal lost, and the daemon
/// refuses to ship. This command shows how far both agree, and sets aside what the archive has after that. Nothing is
/// deleted.
/// </summary>
internal static class ReconcileCommand
{
    public static Command Create()
    {
        var apply = new Option<bool>("--apply")
        {
            Description = "set the events aside; without it they are only shown",
        };
        var whole = new Option<bool>("--whole")
        {
            Description = "the journal began again: set the whole older stream aside, if both have nothing in common",
        };
        var command = new Command(
            "reconcile",
            "Set aside what the archive has of this node and its journal lost, so that shipping continues; on the "
                + "node, with the rights that init needs. Exit 0 both agree, 1 they do not");
        var settings = Settings.For(
            command,
            [
                OptionTable.Archive,
                OptionTable.ArchiveSchema,
                OptionTable.InsecurePermissions,
                OptionTable.Journal,
                OptionTable.Cluster,
            ]);
        command.Options.Add(apply);
        command.Options.Add(whole);
        command.SetAction((parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            var (doApply, takeWhole) = (parsed.GetValue(apply), parsed.GetValue(whole));
            return ArchiveCommand.WithAsync(
                given, (address, source) => RunAsync(given, address, source, doApply, takeWhole, cancellationToken));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        Settings settings,
        ArchiveAddress address,
        NpgsqlDataSource source,
        bool apply,
        bool whole,
        CancellationToken cancellationToken)
    {
        var directory = settings.Text(OptionTable.Journal.Name);
        var head = HeadOf(AuditSource.OfJournal(directory, _ => { }).Name)
            ?? throw new FormatException($"the journal in {directory} has no event yet");
        var stream = MartenArchive.StreamOf(settings.Text(OptionTable.Cluster.Name), head.Envelope!.Node);
        var queries = new ArchiveQueries(source, address.Schema);
        var streams = await queries.StreamsAsync(cancellationToken);
        if (streams?.FirstOrDefault(one => one.Stream == stream) is not { } archived)
        {
            return Say($"the archive has no {stream}: there is nothing to reconcile", 0);
        }

        var (first, last) = (JournalReader.FirstSeq(directory), Math.Min(archived.Events, head.Envelope.Seq));
        var agreed = archived.Events < first
            ? archived.Events
            : await CommonHistory.EndAsync(
                first,
                last,
                seq => JournalReader.HashAt(directory, seq),
                seq => queries.HashAsync(stream, seq, cancellationToken));
        if (agreed == archived.Events)
        {
            return Say($"all {agreed} events that the archive has of {stream} are in the journal, or were: there is "
                + "nothing to reconcile", 0);
        }

        if (agreed == 0 && !whole)
        {
            await Console.Error.WriteLineAsync(
                $"galeragate: {stream} in the archive and this journal have nothing in common: another node "
                    + "ships under this name, or this journal was started from nothing; if so, --whole sets the "
                    + "older stream aside");
            return 1;
        }

        var when = archived.Last?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Console.WriteLine($"{stream}: the journal, up to #{head.Envelope.Seq}, and the archive are the same up "
            + $"to #{agreed}");
        Console.WriteLine($"the archive's #{agreed + 1} to #{archived.Events} are not in the journal, the last "
            + $"of them happened {when}");
        if (!apply)
        {
            return Say("nothing was changed: with --apply they are set aside, and shipping continues after the "
                + "events that are the same", 1);
        }

        try
        {
            var aside = await new ArchiveAside(source, address.Schema)
                .MoveAsync(stream, agreed, archived.Events, DateTimeOffset.UtcNow, cancellationToken);
            return Say($"they are in {aside} now; a daemon that runs ships #{agreed + 1} within a minute", 0);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            await Console.Error.WriteLineAsync(
                $"galeragate: {e.MessageText}: this needs a connection with the rights that archive init needs");
            return 1;
        }
    }

    /// <summary>The newest whole event of a journal.</summary>
    private static JournalLine? HeadOf(string directory) => Segment.Of(directory).Reverse()
        .Select(segment => JournalReader.Lines(segment)
            .LastOrDefault(line => line.Hash is not null && line.Envelope is not null))
        .FirstOrDefault(line => line is not null);

    private static int Say(string line, int exitCode)
    {
        Console.WriteLine(line);
        return exitCode;
    }
}
