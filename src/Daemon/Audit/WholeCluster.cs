using System.CommandLine;
using System.Globalization;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Decides whether the sources are the whole cluster; only then is the number of open nodes known. Several journals are
/// assumed to be, and so are an archive's streams of one cluster; for a single journal, <c>--nodes</c> declares it.
/// </summary>
internal sealed class WholeCluster
{
    private readonly Option<int?> _nodes = new("--nodes")
    {
        Description = "how many nodes the cluster has, when what is read does not show it",
        HelpName = "N",
    };

    private readonly AuditReading _reading;

    private WholeCluster(AuditReading reading) => _reading = reading;

    /// <summary>Adds the option to a command.</summary>
    public static WholeCluster For(Command command, AuditReading reading)
    {
        var cluster = new WholeCluster(reading);
        command.Options.Add(cluster._nodes);
        return cluster;
    }

    /// <summary>Why the number of open nodes is unknown; null if it is known.</summary>
    /// <param name="read">The number of nodes among the events.</param>
    public string? WhyUnknown(ParseResult parsed, int read)
    {
        var named = parsed.GetValue(_nodes);
        if (named < 1)
        {
            throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"--nodes takes a whole number from 1 up, not {named}"));
        }

        return named is { } nodes
            ? read < nodes ? $"how many nodes were open is not known: {read} of {nodes} were read" : null
            : _reading.IsOfOneCluster(parsed)
                ? null
                : "how many nodes were open is not known: give every node's --journal, the --archive of one --cluster, "
                    + "or --nodes N";
    }
}
