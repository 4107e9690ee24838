using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Archive;
using Npgsql;

namespace GaleraGate.Daemon.Audit;

/// <summary>Maintains the archive that a fleet's daemons ship to.</summary>
internal static class ArchiveCommand
{
    public static Command Create() =>
        new("archive", "Look after the archive in PostgreSQL")
        {
            Init(), Status(), RebuildCommand.Create(), ReconcileCommand.Create(),
        };

    private static Command Init()
    {
        var command = new Command(
            "init",
            "Make the archive's schema, or bring it up to date; what is there stays. Needs the right to create a "
            + "schema, which shipping does not");
        var settings = Settings.For(
            command, [OptionTable.Archive, OptionTable.ArchiveSchema, OptionTable.InsecurePermissions]);
        command.SetAction((parsed, cancellationToken) => WithAsync(settings.With(parsed), async (address, source) =>
        {
            using var archive = new MartenArchive(source, address.Schema);
            await archive.InitializeAsync(cancellationToken);
            Console.WriteLine(
                $"schema {address.Schema} of {address.Connection.Database ?? address.Connection.Username} at "
                + $"{address.Connection.Host} is ready");
            return 0;
        }));
        return command;
    }

    private static Command Status()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object a line" };
        var choice = new FormOption(json, "the streams");
        var command = new Command(
            "status", "What the archive has of each node: exit 0 it is there, 1 it was never made");
        var settings = Settings.For(
            command, [OptionTable.Archive, OptionTable.ArchiveSchema, OptionTable.InsecurePermissions]);
        command.Options.Add(json);
        choice.AddTo(command);
        command.SetAction((parsed, cancellationToken) => WithAsync(settings.With(parsed), async (address, source) =>
        {
            var form = choice.Of(parsed);
            var isForPeople = form is OutputForm.Table or OutputForm.Wide;
            if (await new ArchiveQueries(source, address.Schema).StreamsAsync(cancellationToken) is not { } streams)
            {
                await Console.Error.WriteLineAsync(
                    $"galeragate: there is no archive in schema {address.Schema}: galeragate archive init makes it");
                return 1;
            }

            var aside = await new ArchiveAside(source, address.Schema).ListAsync(cancellationToken);
            var models = await ArchiveReadModels.OfAsync(source, address.Schema, cancellationToken);
            var modelled = models.Versions(streams.Select(stream => stream.Stream));
            foreach (var stream in streams)
            {
                Write(stream, aside, modelled.GetValueOrDefault(stream.Stream), form);
            }

            foreach (var stream in isForPeople ? aside : [])
            {
                Console.WriteLine($"{stream}: set aside by galeragate archive reconcile");
            }

            if (streams.Count == 0 && isForPeople)
            {
                Console.WriteLine($"schema {address.Schema} is ready, and no node has shipped to it yet");
            }

            return 0;
        }));
        return command;
    }

    private static void Write(
        ArchivedStream stream, IReadOnlyList<string> aside, long modelled, OutputForm form)
    {
        var last = stream.Last?.UtcDateTime;
        if (form == OutputForm.Name)
        {
            Console.WriteLine(stream.Stream);
            return;
        }

        if (form == OutputForm.Json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(
                    StreamDocument.Of(stream, aside, modelled), ArchiveJson.Default.StreamDocument));
            return;
        }

        var time = last?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "no time";
        var words = $"{stream.Stream}: {stream.Events} events, the last of {time}"
            + (ArchiveReadModels.Lacks(stream.Events, modelled)
                ? $"; its read models end at #{modelled}: galeragate archive rebuild"
                : "");
        (form == OutputForm.Wide ? Terminal.Unbounded : Terminal.Output).WriteWrapped(Line.Of(words), indent: 4);
    }

    /// <summary>Whether PostgreSQL refuses or cannot be reached, the output is one line and the exit code 1.</summary>
    public static async Task<int> WithAsync(Settings settings, Func<ArchiveAddress, NpgsqlDataSource, Task<int>> act)
    {
        var address = settings.Text(OptionTable.Archive.Name).Length > 0
            ? ArchiveAddress.Of(settings)
            : throw new FormatException("no archive is configured: give --archive CONNECTION or a file that holds it");
        await using var source = address.Open();
        try
        {
            return await act(address, source);
        }
        catch (Exception e) when (ArchiveFailure.IsOfDatabase(e))
        {
            await Console.Error.WriteLineAsync(
                $"galeragate: the archive at {address.Connection.Host}: {ArchiveFailure.Words(e)}");
            return 1;
        }
    }
}
