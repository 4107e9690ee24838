using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Audit;

/// <summary>The whole state as of a time, of each node.</summary>
internal static class AtCommand
{
    /// <param name="Doubtful">The events of it that are not to be believed.</param>
    private sealed record Then(
        GateState State,
        Standing Standing,
        IReadOnlyDictionary<string, string> Policy,
        Envelope? Last,
        ImmutableList<long> Doubtful);

    public static Command Create()
    {
        var time = new Argument<string>("TIME") { Description = "as --since takes it" };
        var command = new Command("at", "The state as of a time: node state, verdict, gate, holds, rules, policy in force") { time };
        var reading = AuditReading.For(command, EventNames.All, AuditReading.Shape.Whole);
        command.SetAction(parsed =>
        {
            var (at, form) = (TimeArgument.Required(parsed.GetValue(time)!, "TIME"), reading.FormOf(parsed));
            var nodes = new SortedDictionary<string, Then>(StringComparer.Ordinal);
            foreach (var envelope in reading.StatesAt(parsed, at).SelectMany(events => events))
            {
                var then = nodes.GetValueOrDefault(
                    envelope.Node,
                    new Then(new GateState(), new Standing(), new Dictionary<string, string>(), null, []));
                nodes[envelope.Node] = new Then(
                    GateDecider.Evolve(then.State, envelope),
                    then.Standing.After(envelope),
                    PolicyInForce.After(then.Policy, envelope.Event),
                    envelope,
                    envelope.Doubt is null ? then.Doubtful : then.Doubtful.Add(envelope.Seq));
            }

            if (nodes.Count == 0)
            {
                throw new FormatException($"nothing was recorded before {parsed.GetValue(time)} in {reading.Searched(parsed)}");
            }

            foreach (var (node, then) in nodes)
            {
                if (form.Json)
                {
                    Console.WriteLine(Json(node, then));
                }
                else
                {
                    Write(node, then, form);
                }
            }

            return reading.Ended();
        });
        return command;
    }

    private static void Write(string node, Then then, AuditReading.Form form)
    {
        var (state, standing) = (then.State, then.Standing);
        var open = state.Phase.LetsTrafficIn();
        Row("node", Line.Of(node, Tone.Strong).Add($" {state.NodeState} since {form.Time(standing.NodeStateSince)}, as of event #{state.Seq} of {form.Time(then.Last!.At)}"));
        if (then.Doubtful.Count > 0)
        {
            var words = $"DAMAGED OR EDITED: {Listed(then.Doubtful)}: what is said here may be wrong";
            Row("doubt", Line.Of(words, Tone.Bad));
        }

        Row("gate", Line.Of(open ? "OPEN" : state.Phase == GatePhase.Held ? "HELD" : "CLOSED", open ? Tone.Good : Tone.Bad)
            .Add($" ({state.Phase.ToString().ToLowerInvariant()}) since {form.Time(standing.GateSince)}{(standing.GateEvent is { } turned ? $": {EventText.Brief(turned.Event)} (#{turned.Seq})" : "")}"));
        Row("verdict", Line.Of(state.Verdict is { } verdict ? EventText.Verdict(verdict) : "none yet"));
        foreach (var hold in standing.Holds)
        {
            Row("hold", Line.Of($"by {hold.By} since {form.Time(hold.At)}: {hold.Why}", Tone.Caution));
        }

        foreach (var family in Enum.GetValues<Family>())
        {
            Row("redirect", Line.Of($"{family.ToString().ToLowerInvariant()}: {(state.Redirects.Of(family).Rules is { Count: > 0 } rules ? string.Join("; ", rules) : "none")}"));
        }

        Row("lease", Line.Of(state.Leased is { } leased ? $"runs for #{leased}" : state.LeaseFailure is { } why ? $"none: {why}" : "none"));
        Row("back-off", Line.Of(string.Create(CultureInfo.InvariantCulture, $"opens after {state.OpenAfter.TotalSeconds:0.##} s of fitness, penalty {state.Penalty.Value:0.##} as of the last close")));
        Row("policy", Line.Of(string.Join(", ", then.Policy.Where(setting => setting.Value.Length > 0).Select(setting => $"{setting.Key} {setting.Value}"))));

        static void Row(string name, Line text) => Terminal.Output.WriteWrapped(
            text.Pieces.Aggregate(Line.Of(name.PadRight(StatusView.Indent), Tone.Quiet), (line, piece) => line.Add(piece.Text, piece.Tone)), StatusView.Indent);
    }

    private static string Listed(ImmutableList<long> seqs)
    {
        const int Most = 10;
        var first = string.Join(", ", seqs.Take(Most).Select(seq => $"#{seq}"));
        return seqs.Count > Most ? $"{first} and {seqs.Count - Most} more" : first;
    }

    private static string Json(string node, Then then)
    {
        var (state, standing) = (then.State, then.Standing);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("node", node);
            json.WriteNumber("seq", state.Seq);
            json.WriteString("at", then.Last!.At.ToString());
            json.WriteString("nodeState", state.NodeState.ToString());
            json.WriteString("phase", state.Phase.ToString().ToLowerInvariant());
            json.WriteBoolean("open", state.Phase.LetsTrafficIn());
            json.WriteString("since", standing.GateSince.ToString());
            json.WriteString("reason", state.Verdict?.Headline);
            json.WriteString("holds", state.Holds.ToString());
            json.WriteNumber("openAfter", state.OpenAfter.TotalSeconds);
            json.WriteNumber("penalty", state.Penalty.Value);
            json.WriteBoolean("leased", state.Leased is not null);
            json.WriteStartArray("doubtful");
            then.Doubtful.ForEach(json.WriteNumberValue);
            json.WriteEndArray();
            json.WriteStartArray("redirects");
            foreach (var rule in Enum.GetValues<Family>().SelectMany(family => state.Redirects.Of(family).Rules))
            {
                json.WriteStringValue(rule);
            }

            json.WriteEndArray();
            json.WriteStartObject("policy");
            foreach (var (name, value) in then.Policy)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
