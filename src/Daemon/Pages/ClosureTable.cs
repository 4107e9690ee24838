using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// The closures of a report, grouped by incident: closures of any nodes that follow one another within a minute are one
/// incident. Each incident is a line that can be opened. In a report with few incidents, the usual case, all are open
/// from the start, so that it can be read from top to bottom and printed without clicking.
/// </summary>
internal static class ClosureTable
{
    private const int FewIncidents = 3;

    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(1);

    /// <param name="closures">Ordered by their beginning.</param>
    /// <param name="with">The nodes with related closures.</param>
    public static void Append(
        StringBuilder page, IReadOnlyList<Closure> closures, Func<Closure, IReadOnlyList<string>> with, Notes notes)
    {
        var incidents = Incidents(closures);
        if (incidents.Count == 0)
        {
            _ = page.Append("<p>No gate was closed.</p>");
        }

        foreach (var incident in incidents)
        {
            var open = incidents.Count <= FewIncidents ? " open" : "";
            _ = page.Append($"<details class=\"incident\"{open}><summary>").Append(Summary(incident)).Append(
                "</summary><div class=\"scroll\"><table><tr><th>node</th><th>closed from</th><th>to</th><th>for</th>"
                + "<th>reason</th><th>waited at the end for</th><th>together with</th><th>notes</th></tr>");
            incident.ForEach(closure => Row(page, closure, with(closure), notes));
            _ = page.Append("</table></div></details>");
        }
    }

    private static List<List<Closure>> Incidents(IReadOnlyList<Closure> closures)
    {
        var incidents = new List<List<Closure>>();
        DateTimeOffset? end = null;
        foreach (var closure in closures)
        {
            if (incidents.Count == 0 || closure.From.Utc > end + Apart)
            {
                incidents.Add([]);
                end = closure.From.Utc;
            }

            incidents[^1].Add(closure);
            // One that has not ended includes everything that begins after it.
            var to = closure.To?.Utc ?? DateTimeOffset.MaxValue - Apart;
            end = to > end ? to : end;
        }

        return incidents;
    }

    private static string Summary(List<Closure> incident)
    {
        var nodes = incident.Select(one => one.Node).Distinct().Order(StringComparer.Ordinal);
        var reasons = incident.Select(ClosureText.Reason).Distinct();
        var longest = incident.TrueForAll(one => one.Lasted is not null)
            ? $"the longest for {Lasting.Of(incident.Max(one => one.Lasted!.Value))}"
            : "one of them closed still";
        var (isBad, count) = (incident.Exists(one => !one.IsPlanned && !one.IsFirstStart), incident.Count);
        return IncidentReport.Text($"{IncidentReport.Human(incident[0].From.Utc)} {string.Join(", ", nodes)}: ")
            + $"<span class=\"{(isBad ? "bad" : "caution")}\">{IncidentReport.Text(string.Join(", ", reasons))}</span>"
            + IncidentReport.Text($" ({count} {(count == 1 ? "closure" : "closures")}, {longest})");
    }

    private static void Row(
        StringBuilder page, Closure closure, IReadOnlyList<string> with, Notes notes) => page.Append(
        CultureInfo.InvariantCulture,
        $"""
        <tr data-event="{IncidentReport.Text(closure.Node)}/{closure.Seq}">
        <td>{IncidentReport.Text(closure.Node)}</td>
        <td class="t">{From(closure)}</td>
        <td class="t">{(closure.To is { } end ? IncidentReport.Human(end.Utc) : "")}</td>
        <td class="t{(closure.Lasted is null ? " still" : "")}">{Lasted(closure)}</td>
        <td class="{(closure.IsPlanned || closure.IsFirstStart ? "caution" : "bad")}">{Reason(closure)}</td>
        <td>{IncidentReport.Text(closure.WaitedFor)}</td>
        <td>{IncidentReport.Text(string.Join(", ", with))}</td>
        <td>{IncidentReport.Notes(notes, closure.Node, closure.Seq)}</td></tr>
        """);

    private static string Lasted(Closure closure) =>
        closure.Lasted is { } lasted ? Lasting.Of(lasted) : "closed still";

    private static string From(Closure closure) =>
        (closure.Earliest is { } earliest ? $"between {IncidentReport.Human(earliest.Utc)} and " : "")
        + IncidentReport.Human(closure.From.Utc);

    private static string Reason(Closure closure) =>
        IncidentReport.Text(ClosureText.Reason(closure))
        + IncidentReport.Doubt(closure.IsDoubtful ? "DAMAGED OR EDITED" : "");
}
