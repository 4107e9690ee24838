using System.CommandLine;
using System.Text;
using GaleraGate.Daemon.Pages;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>Writes an incident as one HTML page.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output", "-o")
        {
            Description = "the file to write, - for standard output; a file that is there is replaced once the new one "
                + "is whole",
            HelpName = "FILE",
            Required = true,
        };
        var command = new Command(
            "report",
            "An incident as one HTML file for the post-mortem: swimlanes of all nodes, failovers, timeline, causes, "
            + "policy; needs no network");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Page);
        var cluster = WholeCluster.For(command, reading);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            var (since, until) = reading.Window(parsed);
            var events = reading.WithContext(parsed).Where(envelope => !(envelope.At.Utc > until)).ToList();
            var html = IncidentReport.Html(
                events,
                since,
                reading.Notes(parsed),
                cluster.WhyUnknown(parsed, events.Select(envelope => envelope.Node).Distinct().Count()),
                reading.Searched(parsed),
                About.Version);
            if (parsed.GetValue(output) == "-")
            {
                Console.Write(html);
                return reading.Ended();
            }

            var file = Path.GetFullPath(parsed.GetValue(output)!);
            File.WriteAllText(file + ".new", html, new UTF8Encoding(false));
            File.Move(file + ".new", file, overwrite: true);
            Console.WriteLine($"{file}: {new FileInfo(file).Length >> 10} KiB");
            return reading.Ended();
        });
        return command;
    }
}
