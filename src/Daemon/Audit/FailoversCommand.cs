using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Audit;

/// <summary>Which gates were closed when, and when too few were open.</summary>
internal static class FailoversCommand
{
    public static Command Create()
    {
        var below = new Option<int>("--below")
        {
            Description = "also the times when fewer than this many nodes were open",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "failovers",
            "Every time that a gate was closed: from, to, how long, why, what it waited for; and every time that too "
            + "few were open");
        var reading = AuditReading.For(command, Failovers.Types, AuditScope.Whole).WithForms(command);
        var cluster = WholeCluster.For(command, reading);
        command.Options.Add(below);
        command.SetAction(parsed =>
        {
            using var bulk = Terminal.InBulk();
            var (form, fewerThan) = (reading.FormatOf(parsed), parsed.GetValue(below));
            if (fewerThan < 1)
            {
                throw new FormatException("--below takes a whole number from 1 up");
            }

            var (since, until) = reading.Window(parsed);
            bool IsWithin(DateTimeOffset from, DateTimeOffset? to) => !(to < since) && !(from > until);
            var closures = reading.Closures(parsed);
            var unknown = cluster.WhyUnknown(parsed, closures.Select(closure => closure.Node).Distinct().Count());
            var shortages = unknown is null ? Shortages.Of(GateTurns.Of(closures), fewerThan) : [];
            var (found, notes, with) = (false, reading.Notes(parsed), Links.Of(closures));
            foreach (var shortage in shortages.Where(one => IsWithin(one.From, one.To)))
            {
                found = true;
                Write(form, shortage);
            }

            foreach (var closure in closures.Where(one => IsWithin(one.From.Utc, one.To?.Utc)))
            {
                found = true;
                Write(form, closure, with(closure));
                if (form.IsForPeople)
                {
                    notes.Write(form.Output, closure.Node, closure.Seq);
                }
            }

            var nothing = found ? unknown : $"no gate was closed in {reading.Searched(parsed)}";
            if (form.IsForPeople && nothing is { } words)
            {
                form.Output.WriteWrapped(Line.Of(words, found ? Tone.Quiet : Tone.Plain), indent: 4);
            }

            return reading.Ended();
        });
        return command;
    }

    private static void Write(AuditFormat form, Shortage shortage)
    {
        if (form.Json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(ShortageDocument.Of(shortage), AuditJson.Default.ShortageDocument));
            return;
        }

        // This row is about the cluster, so no event identifies it.
        if (form.Form == OutputForm.Name)
        {
            return;
        }

        form.Output.WriteWrapped(
            Line.Of(shortage.Open == 0 ? "NO NODE OPEN " : $"only {shortage.Open} open ", Tone.Bad)
                .Add($"{form.Time(shortage.From)} to {(shortage.To is { } to ? form.Time(to) : ClosureText.OpenEnd)}")
                .Add(shortage.To - shortage.From is { } lasted ? $", for {Lasting.Of(lasted.TotalSeconds)}" : ""),
            indent: 4);
    }

    private static void Write(AuditFormat form, Closure closure, IReadOnlyList<string> with)
    {
        if (form.Json)
        {
            var document = ClosureDocument.Of(closure, ClosureText.Unfit(closure), with);
            Console.WriteLine(JsonSerializer.Serialize(document, AuditJson.Default.ClosureDocument));
            return;
        }

        if (form.Form == OutputForm.Name)
        {
            Console.WriteLine(AuditFormat.NameOf(closure.Node, closure.Seq));
            return;
        }

        form.Output.WriteWrapped(ClosureText.Of(closure, with, form.Time), indent: 4);
    }
}
