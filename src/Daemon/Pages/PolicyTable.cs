using System.Globalization;
using System.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// The policies of a report, as differences: values that are not the default, and values that differ between nodes.
/// </summary>
internal static class PolicyTable
{
    private const string NotRead = "not in the events that were read";

    public static void Append(StringBuilder page, IReadOnlyList<Envelope> events)
    {
        var policies = new SortedDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var envelope in events)
        {
            var before = policies.GetValueOrDefault(envelope.Node) ?? new Dictionary<string, string>();
            policies[envelope.Node] = PolicyInForce.After(before, envelope.Event);
        }

        var defaults = Policy.Default.Settings;
        var names = policies.Values.SelectMany(policy => policy.Keys).Distinct().Order(StringComparer.Ordinal);
        var differ = names
            .Where(name => policies.Values.Any(policy =>
                policy.Count > 0 && policy.GetValueOrDefault(name, "") != defaults.GetValueOrDefault(name, "")))
            .ToList();
        _ = page.Append("<h2>Policy in force at the end</h2>");
        if (differ.Count > 0)
        {
            var heads = string.Concat(policies.Keys.Select(node => $"<th>{IncidentReport.Text(node)}</th>"));
            _ = page.Append("<div class=\"scroll\"><table><tr><th>setting</th><th>default</th>")
                .Append(heads).Append("</tr>");
            foreach (var name in differ)
            {
                var cells = policies.Values.Select(policy =>
                    $"<td>{IncidentReport.Text(policy.Count == 0 ? NotRead : Shown(policy, name))}</td>");
                _ = page.Append(
                    CultureInfo.InvariantCulture,
                    $"<tr><td>{IncidentReport.Text(name)}</td><td class=\"quiet\">"
                    + $"{IncidentReport.Text(Shown(defaults, name))}</td>{string.Concat(cells)}</tr>");
            }

            _ = page.Append("</table></div>");
        }

        var unread = policies.Where(one => one.Value.Count == 0).Select(one => one.Key).ToList();
        _ = page.Append(
            CultureInfo.InvariantCulture,
            $"<p class=\"quiet\">{(differ.Count > 0 ? "Every other setting has its default" : "All defaults")}"
            + $"{(unread.Count > 0 ? IncidentReport.Text($"; of {string.Join(", ", unread)}: {NotRead}") : "")}.</p>");
    }

    private static string Shown(IReadOnlyDictionary<string, string> policy, string name) =>
        policy.GetValueOrDefault(name, "") is { Length: > 0 } value ? value : "(empty)";
}
