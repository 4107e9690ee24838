using System.CommandLine;
using System.Globalization;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// Whether what is read is the whole cluster: only then can it be said how many nodes were open. Several journals are
/// taken for it, and so are an archive's streams of one cluster; of one journal <c>--nodes</c> says so.
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

    /// <summary>Gives a command the option.</summary>
    public static WholeCluster For(Command command, AuditReading reading)
    {
        var cluster = new WholeCluster(reading);
        command.Options.Add(cluster._nodes);
        return cluster;
    }

    /// <summary>Why it cannot be said how many nodes were open; null when it can.</summary>
    /// <param name="read">How many nodes are among the events.</param>
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
