using System.Globalization;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Fleet;

/// <summary>
/// The cluster as a table that fits 80 columns: one row for each node, followed by the reason and the next step if its
/// gate is not open, and by a warning if an open gate let no client through. All information is in the text; colour
/// only helps.
/// </summary>
internal static class FleetTable
{
    private const int Indent = 4;
    private const int LongestName = 14;

    private static readonly (string Title, Func<FleetNode, string> Cell)[] Columns =
    [
        ("GATE", GateOf),
        ("STATE", node => node.State ?? "-"),
        ("FOR", node => node.Seconds is { } seconds ? Lasting.Of(seconds) : "-"),
        ("QUEUE", node => node.LagSeconds is { } lag ? $"{Number(lag)} s" : Number(node.ReceiveQueue)),
        ("CLIENTS", node => Number(node.Clients)),
        ("FLAPS", node => Number(node.ClosedLastHour)),
        ("AGE", node => node.Age is { } age ? Lasting.Of(age) : "-"),
    ];

    /// <param name="isWide">One line for each node, with the reason, the next step and the source.</param>
    public static IEnumerable<Line> Of(FleetReport report, bool isWide)
    {
        yield return Summary(report);
        var nodes = report.Nodes;
        var name = Math.Max(4, nodes.Select(node => NameOf(node, isWide).Length).DefaultIfEmpty(0).Max());
        int[] widths =
        [
            .. Columns.Select(column =>
                nodes.Select(node => column.Cell(node).Length).Append(column.Title.Length).Max()),
        ];
        var head = Line.Of("NODE".PadRight(name), Tone.Quiet);
        for (var i = 0; i < Columns.Length; i++)
        {
            _ = head.Add($"  {Columns[i].Title.PadRight(widths[i])}", Tone.Quiet);
        }

        yield return isWide ? head.Add("  FROM     SINCE                 WHY; WHAT NOW", Tone.Quiet) : head;
        foreach (var node in nodes)
        {
            var row = Line.Of(NameOf(node, isWide).PadRight(name), Tone.Strong);
            for (var i = 0; i < Columns.Length; i++)
            {
                _ = row.Add($"  {Columns[i].Cell(node).PadRight(widths[i])}", i == 0 ? ToneOf(node) : Tone.Plain);
            }

            if (isWide)
            {
                yield return row.Add($"  {node.From,-7}  {Since(node),-20}  {Details(node)}");
                continue;
            }

            yield return row;
            if (node.Open != true || node.Gate != "open")
            {
                yield return Line.Of(new string(' ', Indent)).Add(Details(node), ToneOf(node));
            }
            else if (node.Outside is { } outside)
            {
                yield return Line.Of(new string(' ', Indent)).Add(outside, Tone.Caution);
            }
        }

        foreach (var note in report.Notes)
        {
            yield return Line.Of(note, Tone.Caution);
        }
    }

    /// <summary>Wraps text for people; a wide row is one line, whatever the terminal's width.</summary>
    public static IEnumerable<Line> Fitting(FleetReport report, Terminal terminal) =>
        Of(report, isWide: false).SelectMany(line => terminal.Wrapped(line, Indent));

    private static Line Summary(FleetReport report)
    {
        var (open, all) = (report.Open, report.Nodes.Count);
        var silent = report.Nodes.Count(node => node.Open is null);
        return Line.Of(
                open == 0 ? "NO GATE OPEN" : $"{open} of {all} gates open",
                open == 0 ? Tone.Bad : open == all ? Tone.Good : Tone.Caution)
            .Add(silent == 0 ? "" : $", {silent} {(silent == 1 ? "does" : "do")} not answer", Tone.Bad);
    }

    private static string NameOf(FleetNode node, bool isWide) =>
        isWide || node.Node.Length <= LongestName ? node.Node : node.Node[..(LongestName - 1)] + "…";

    private static string GateOf(FleetNode node) => (node.Open, node.Gate) switch
    {
        (null, FleetNode.NotKnown) => "NO ANSWER",
        (null, var gate) => $"was {gate}",
        (true, "open") or (false, "closed" or "held") => node.Gate.ToUpperInvariant(),
        (true, _) => "OPEN (closing)",
        (false, _) => "CLOSED (opening)",
    };

    private static Tone ToneOf(FleetNode node) => node.Open switch
    {
        null => Tone.Bad,
        true when node.Gate == "open" => Tone.Good,
        false when node.Gate == "closed" => Tone.Bad,
        _ => Tone.Caution,
    };

    private static string Details(FleetNode node)
    {
        var from = node.From == FleetNode.OfArchive
            ? $"from the archive, as of {Lasting.Of(node.Age ?? 0)} ago"
            : null;
        string?[] parts = [node.Trouble, from, node.Why, node.WhatNow, node.Outside];
        return string.Join("; ", parts.Where(part => part is not null));
    }

    private static string Since(FleetNode node) =>
        node.Since?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    private static string Number(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
