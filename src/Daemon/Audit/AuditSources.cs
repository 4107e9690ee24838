using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Finds the sources of a reading, and merges their events.</summary>
internal static class AuditSources
{
    /// <param name="named">The named nodes; empty for all.</param>
    /// <exception cref="FormatException">There are several where one is required, or one of them does not
    /// exist.</exception>
    public static IReadOnlyList<AuditSource> Find(
        Settings settings, IReadOnlyList<string> named, AuditScope scope, AuditProblems problems)
    {
        if (settings.Strength(OptionTable.Archive.Name) == Settings.OfTheCommandLine
            && settings.Strength(OptionTable.Journal.Name) == Settings.OfTheCommandLine)
        {
            throw new FormatException("--journal and --archive are two places to read from: give one of them");
        }

        // An archive in the configuration file is where the daemon ships to; commands on its host read the journal
        // first.
        IReadOnlyList<AuditSource> sources = settings.Strength(OptionTable.Archive.Name) < Settings.OfTheCommandLine
            ? [.. Journals(settings).Select(name => AuditSource.OfJournal(name, problems.Report))]
            : AuditSource.OfArchive(ArchiveAddress.Of(settings), settings.Text(OptionTable.Cluster.Name), named);
        if (named.FirstOrDefault(node => !sources.Any(source => source.Knows(node))) is { } unknown)
        {
            var searched = string.Join(", ", sources.Select(source => source.Name));
            throw new FormatException(
                $"--node: there is no event of {unknown} in {(searched.Length > 0 ? searched : "the archive")}");
        }

        return scope == AuditScope.OneNode && sources.Count > 1 && named.Count != 1
            ? throw new FormatException("several nodes are recorded there: choose one with --node")
            : sources;
    }

    /// <summary>
    /// The events of several nodes in one order. Journals count as one cluster's; an archive knows the cluster of each
    /// stream.
    /// </summary>
    public static IEnumerable<T> Merge<T>(
        IEnumerable<AuditSource> sources, Func<AuditSource, IEnumerable<T>> read, Func<T, Envelope> envelopeOf) =>
        GaleraOrder.MergeClusters(
            sources.GroupBy(source => source.Cluster, (_, nodes) => GaleraOrder.Merge(nodes.Select(read), envelopeOf)),
            envelopeOf);

    private static IReadOnlyList<string> Journals(Settings settings)
    {
        var names = settings.List(OptionTable.Journal.Name);
        var twice = names.GroupBy(Canonical, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? names : throw new FormatException($"--journal: {twice.Key} is given twice");
    }

    private static string Canonical(string directory)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        return Directory.Exists(path)
            ? Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path
            : path;
    }
}
