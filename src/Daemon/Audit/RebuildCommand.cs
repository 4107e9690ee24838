using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Archive;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Rebuilds the read models of an archive: after an upgrade from a version without them, after a version that folds
/// differently, or after a manual change.
/// </summary>
internal static class RebuildCommand
{
    public static Command Create()
    {
        var node = new Option<string[]>("--node")
        {
            Description = "only the streams of these nodes",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command(
            "rebuild",
            "Make the tables that failovers, timeline, at and why are answered from again, stream by stream, from the "
            + "archive's events, which stay as they are. Needs the rights of archive init");
        var settings = Settings.For(
            command,
            [
                OptionTable.Archive,
                OptionTable.ArchiveSchema,
                OptionTable.InsecurePermissions,
                OptionTable.Cluster with { Default = "", Help = "only this cluster's streams" },
            ]);
        command.Options.Add(node);
        command.SetAction((parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            return ArchiveCommand.WithAsync(given, async (address, source) =>
            {
                var streams = await new ArchiveQueries(source, address.Schema).StreamsAsync(cancellationToken) ?? [];
                var (cluster, nodes) = (given.Text(OptionTable.Cluster.Name), parsed.GetValue(node) ?? []);
                var wanted = streams
                    .Where(one => cluster.Length == 0 || one.Cluster == cluster)
                    .Where(one => nodes.Length == 0 || nodes.Contains(one.Node))
                    .ToList();
                if (wanted.Count == 0)
                {
                    throw new FormatException($"schema {address.Schema} has no such stream");
                }

                var (rebuild, total) = (new ArchiveRebuild(source, address.Schema), 0L);
                for (var i = 0; i < wanted.Count; i++)
                {
                    var (before, place) = (total, $"{i + 1} of {wanted.Count}: {wanted[i].Stream}");
                    total += await rebuild.RebuildAsync(
                        wanted[i].Stream,
                        folded => Terminal.Progress($"{place}, {before + folded} events"),
                        cancellationToken);
                }

                Terminal.Progress("");
                Console.WriteLine($"{wanted.Count} streams, {total} events: the read models are being rebuilt");
                return 0;
            });
        });
        return command;
    }
}
