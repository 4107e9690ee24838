using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;

namespace GaleraGate.Daemon.Audit;

/// <summary>When which gates were closed, and when too few were open.</summary>
internal static class FailoversCommand
{
    public static Command Create()
    {
        var below = new Option<int>("--below")
        {
            Description = "also the times in which fewer than so many nodes were open",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "failovers",
            "Every time that a gate was closed: from, to, how long, why, what it waited for; and every time that too "
            + "few were open");
        var reading = AuditReading.For(command, Failovers.Types, AuditScope.Whole);
        command.Options.Add(below);
        command.SetAction(parsed =>
        {
            var (form, fewerThan) = (reading.FormatOf(parsed), parsed.GetValue(below));
            if (fewerThan < 1)
            {
                throw new FormatException("--below takes a whole number from 1 up");
            }

            var (since, until) = reading.Window(parsed);
            bool IsWithin(DateTimeOffset from, DateTimeOffset? to) => !(to < since) && !(from > until);
            var (found, notes) = (false, reading.Notes(parsed));
            var shortages = Shortages.Of(reading.Envelopes(parsed), fewerThan);
            foreach (var shortage in shortages.Where(one => IsWithin(one.From, one.To)))
            {
                found = true;
                Write(form, shortage);
            }

            var closures = Failovers.Closures(reading.Envelopes(parsed));
            foreach (var closure in closures.Where(one => IsWithin(one.From.Utc, one.To?.Utc)))
            {
                found = true;
                Write(form, closure);
                if (!form.Json)
                {
                    notes.Write(closure.Node, closure.Seq);
                }
            }

            if (!found && !form.Json)
            {
                Terminal.Output.WriteWrapped(Line.Of($"no gate was closed in {reading.Searched(parsed)}"), indent: 4);
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

        Terminal.Output.WriteWrapped(
            Line.Of(shortage.Open == 0 ? "NO NODE OPEN " : $"only {shortage.Open} open ", Tone.Bad)
                .Add(
                    $"{form.Time(shortage.From)} to "
                    + $"{(shortage.To is { } to ? form.Time(to) : "now, as far as is recorded")}")
                .Add(shortage.To - shortage.From is { } lasted ? $", for {Lasting.Of(lasted.TotalSeconds)}" : ""),
            indent: 4);
    }

    private static void Write(AuditFormat form, Closure closure)
    {
        var unfit = (closure.FitAgain ?? closure.To) is { } fit
            ? fit.Since(closure.From) ?? fit.Utc - closure.From.Utc
            : (TimeSpan?)null;
        if (form.Json)
        {
            Console.WriteLine(
                JsonSerializer.Serialize(ClosureDocument.Of(closure, unfit), AuditJson.Default.ClosureDocument));
            return;
        }

        Terminal.Output.WriteWrapped(
            Line.Of($"{closure.Node} ", Tone.Strong)
                .Add(closure.Earliest is { } earliest ? $"between {form.Time(earliest)} and " : "")
                .Add(
                    $"{form.Time(closure.From)} to "
                    + $"{(closure.To is { } to ? form.Time(to) : "now, as far as is recorded")}")
                .Add(
                    closure.Lasted is { } lasted ? $", closed for {Lasting.Of(lasted.TotalSeconds)}" : ", closed still")
                .Add($": {closure.Reason}", Tone.Bad)
                .Add(closure.Lasted is { } all && unfit is { } part && all > part
                    ? $"; then {Lasting.Of((all - part).TotalSeconds)} for {closure.WaitedFor}"
                    : $"; waits for {closure.WaitedFor}")
                .Add(closure.IsDoubtful ? "  DAMAGED OR EDITED: one of its events is not what was written" : "",
                    Tone.Bad),
            indent: 4);
    }
}
