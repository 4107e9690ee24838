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

/// <summary>The whole state of each node at a time.</summary>
internal static class AtCommand
{
    /// <param name="Doubtful">The events it was computed from that were modified after they were written.</param>
    private sealed record Then(
        GateState State,
        Standing Standing,
        IReadOnlyDictionary<string, string> Policy,
        Envelope? Last,
        ImmutableList<long> Doubtful)
    {
        /// <summary>Whether clients got through, according to events soon after that time.</summary>
        public ClientAccess? Later { get; init; }

        /// <summary>Since when clients had been refused at that time, if only a later event shows it.</summary>
        public Refusal? RefusedAt(DateTimeOffset at) => Later is { IsLapsed: true, Refused: { } refused }
            && Standing.Access.Opened is not null && refused.Earliest.Utc <= at ? refused : null;
    }

    public static Command Create()
    {
        var time = new Argument<string>("TIME") { Description = "as --since takes it" };
        var command = new Command(
            "at", "The state as of a time: node state, verdict, gate, holds, rules, policy in force")
        {
            time,
        };
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Whole).WithForms(command, "the nodes");
        command.SetAction(parsed =>
        {
            var (at, form) = (TimeArgument.Required(parsed.GetValue(time)!, "TIME"), reading.FormatOf(parsed));
            using var bulk = Terminal.InBulk();
            var nodes = new SortedDictionary<string, Then>(StringComparer.Ordinal);
            foreach (var envelope in reading.StatesAt(parsed, at).SelectMany(events => events))
            {
                if (envelope.At.Utc > at || envelope.IsInferred)
                {
                    if (nodes.TryGetValue(envelope.Node, out var known))
                    {
                        nodes[envelope.Node] = known with
                        {
                            Later = (known.Later ?? known.Standing.Access).After(envelope),
                        };
                    }

                    continue;
                }

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
                throw new FormatException(
                    $"nothing was recorded before {parsed.GetValue(time)} in {reading.Searched(parsed)}");
            }

            foreach (var (node, then) in nodes)
            {
                switch (form.Form)
                {
                    case OutputForm.Json:
                        Console.WriteLine(Json(node, then, at));
                        break;
                    case OutputForm.Name:
                        Console.WriteLine(node);
                        break;
                    default:
                        Write(node, then, at, form);
                        break;
                }
            }

            return reading.Ended();
        });
        return command;
    }

    private static void Write(string node, Then then, DateTimeOffset at, AuditFormat form)
    {
        var (state, standing) = (then.State, then.Standing);
        var refused = then.RefusedAt(at);
        var open = state.Phase.LetsTrafficIn() && refused?.Latest.Utc <= at != true;
        Row(
            "node",
            Line.Of(node, Tone.Strong)
                .Add(
                    $" {state.NodeState} since {form.Time(standing.NodeStateSince)}, as of event #{state.Seq} of "
                    + $"{form.Time(then.Last!.At)}"));
        if (then.Doubtful.Count > 0)
        {
            var words = $"DAMAGED OR EDITED: {Listed(then.Doubtful)}: this output may be wrong";
            Row("doubt", Line.Of(words, Tone.Bad));
        }

        var closed = state.Phase == GatePhase.Held ? "HELD" : "CLOSED";
        var because = standing.GateEvent is { } turned ? $": {EventText.Brief(turned.Event)} (#{turned.Seq})" : "";
        Row(
            "gate",
            Line.Of(open ? "OPEN" : closed, open ? Tone.Good : Tone.Bad)
                .Add($" ({state.Phase.ToString().ToLowerInvariant()}) since {form.Time(standing.GateSince)}{because}"));
        if (refused is { } lapsed)
        {
            var begin = lapsed.IsExact ? "" : $"between {form.Time(lapsed.Earliest)} and ";
            Row("clients", Line.Of($"refused from {begin}{form.Time(lapsed.Latest)}: the lease ended", Tone.Bad));
        }

        Row("verdict", Line.Of(state.Verdict is { } verdict ? EventText.Verdict(verdict) : "none yet"));
        foreach (var hold in standing.Holds)
        {
            Row("hold", Line.Of($"by {hold.By} since {form.Time(hold.At)}: {hold.Why}", Tone.Caution));
        }

        foreach (var family in Enum.GetValues<Family>())
        {
            var rules = state.Redirects.Of(family).Rules;
            var listed = rules.Count > 0 ? string.Join("; ", rules) : "none";
            Row("redirect", Line.Of($"{family.ToString().ToLowerInvariant()}: {listed}"));
        }

        Row(
            "lease",
            Line.Of(
                state.Leased is { } leased ? $"runs for #{leased}"
                : state.LeaseFailure is { } why ? $"none: {why}"
                : "none"));
        Row(
            "back-off",
            Line.Of(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"opens after {state.OpenAfter.TotalSeconds:0.##} s of fitness, penalty "
                    + $"{state.Penalty.Value:0.##} as of the last close")));
        Row(
            "policy",
            Line.Of(
                string.Join(
                    ", ",
                    then.Policy.Where(setting => setting.Value.Length > 0)
                        .Select(setting => $"{setting.Key} {setting.Value}"))));

        void Row(string name, Line text) => form.Output.WriteWrapped(
            text.Pieces.Aggregate(
                Line.Of(name.PadRight(StatusView.Indent), Tone.Quiet),
                (line, piece) => line.Add(piece.Text, piece.Tone)),
            StatusView.Indent);
    }

    private static string Listed(ImmutableList<long> seqs)
    {
        const int Most = 10;
        var first = string.Join(", ", seqs.Take(Most).Select(seq => $"#{seq}"));
        return seqs.Count > Most ? $"{first} and {seqs.Count - Most} more" : first;
    }

    private static string Json(string node, Then then, DateTimeOffset at)
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
            var refused = then.RefusedAt(at);
            var isRefused = refused?.Latest.Utc <= at;
            json.WriteBoolean("open", state.Phase.LetsTrafficIn() && !isRefused);
            json.WriteString("since", (isRefused ? refused!.Value.Latest : standing.GateSince).ToString());
            if (refused is { } lapsed)
            {
                json.WriteString("refusedFrom", lapsed.Latest.ToString());
                json.WriteString("refusedFromEarliest", lapsed.IsExact ? null : lapsed.Earliest.ToString());
            }

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
