using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Audit;

/// <summary>Shows an incident again, event by event.</summary>
internal static class ReplayCommand
{
    /// <summary>The longest pause on the screen, however far apart two events are.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var speed = new Option<string>("--speed")
        {
            Description = "how many times as fast as it was",
            HelpName = "10x",
            DefaultValueFactory = _ => "1x",
        };
        var step = new Option<bool>("--step")
        {
            Description = "from one event to the next with the space bar or Enter",
        };
        var command = new Command(
            "replay",
            "An incident as it was: state, verdict, gate and rules of all nodes, event by event, in a terminal view; "
            + "q quits");
        var reading = AuditReading.For(command, EventNames.All, AuditScope.Filtered);
        command.Options.Add(speed);
        command.Options.Add(step);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (form, factor, isAsked) = (
                reading.FormatOf(parsed), SpeedOf(parsed.GetValue(speed)!), reading.IsAsked(parsed));
            var scenes = Scene.Of(reading.WithContext(parsed).Where(one => !one.IsInferred))
                .Where(scene => isAsked(scene.Event));
            if (form.Json)
            {
                foreach (var scene in scenes)
                {
                    Console.WriteLine(JsonSerializer.Serialize(
                        SceneDocument.Of(scene), AuditJson.Default.SceneDocument));
                }

                return reading.Ended();
            }

            if (!Terminal.IsInteractive || Console.IsInputRedirected)
            {
                throw new FormatException("replay needs a terminal; for a pipe use --json, or audit timeline");
            }

            await PlayAsync(scenes, form, factor, parsed.GetValue(step), reading.Searched(parsed), cancellationToken);
            return reading.Ended();
        });
        return command;
    }

    private static double SpeedOf(string text) =>
        double.TryParse(text.TrimEnd('x'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var factor)
        && factor is > 0 and <= 1_000_000
            ? factor
            : throw new FormatException($"--speed takes a factor such as 10x or 0.5x, not '{text}'");

    private static async Task PlayAsync(
        IEnumerable<Scene> scenes,
        AuditFormat form,
        double speed,
        bool step,
        string searched,
        CancellationToken cancellationToken)
    {
        const int EventsShown = 200;
        var told = new LinkedList<Envelope>();
        Scene? before = null;
        using (new Screen())
        {
            foreach (var scene in scenes)
            {
                var gap = before is null ? TimeSpan.Zero : scene.Event.At.Utc - before.Event.At.Utc;
                var pause = gap > TimeSpan.Zero ? gap / speed : TimeSpan.Zero;
                if (!await WaitAsync(step && before is not null, pause, cancellationToken))
                {
                    return;
                }

                told.AddLast(scene.Event);
                if (told.Count > EventsShown)
                {
                    told.RemoveFirst();
                }

                Draw(
                    scene,
                    told,
                    form,
                    step
                        ? "space steps, q quits"
                        : string.Create(CultureInfo.InvariantCulture, $"{speed:0.##}x, space steps at once, q quits"));
                before = scene;
            }

            if (before is not null)
            {
                Draw(before, told, form, "the end; q quits");
                while (await WaitAsync(true, TimeSpan.Zero, cancellationToken))
                {
                    // The user pressed q.
                }
            }
        }

        if (before is null)
        {
            await Console.Error.WriteLineAsync($"galeragate: nothing is recorded in {searched}");
        }
    }

    /// <summary>Waits until the pause is over or a key continues; false if a key quits.</summary>
    private static async Task<bool> WaitAsync(bool forKey, TimeSpan pause, CancellationToken cancellationToken)
    {
        var look = TimeSpan.FromMilliseconds(20);
        pause = pause < LongestPause ? pause : LongestPause;
        bool IsOver(TimeSpan waited) => cancellationToken.IsCancellationRequested || (!forKey && waited >= pause);
        for (var waited = TimeSpan.Zero; !IsOver(waited); waited += look)
        {
            if (Console.KeyAvailable)
            {
                switch (Console.ReadKey(intercept: true).KeyChar)
                {
                    case 'q' or 'Q':
                        return false;
                    case ' ' or '\r' or '\n':
                        return true;
                    default:
                        break;
                }
            }

            await Task.Delay(look, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !cancellationToken.IsCancellationRequested;
    }

    private static void Draw(Scene scene, IEnumerable<Envelope> told, AuditFormat form, string how)
    {
        var width = scene.Nodes.Keys.Max(node => node.Length);
        List<Line> lines =
        [
            Line.Of(form.Time(scene.Event.At), Tone.Strong),
            Line.Of(""),
            .. scene.Nodes.Select(node => Row(node.Key.PadRight(width), node.Value)),
            Line.Of(""),
        ];
        lines.AddRange(
            told.TakeLast(Math.Max(0, Screen.Height - lines.Count - 1))
                .Select(envelope =>
                    Line.Of($"{envelope.At.Utc.UtcDateTime:HH:mm:ss.fff}Z ", Tone.Quiet)
            .Add($"{envelope.Node} ", envelope == scene.Event ? Tone.Strong : Tone.Plain)
            .Add($"{EventText.SubjectOf(envelope.Event)} ", EventText.ToneOf(envelope.Event))
            .Add(EventText.Brief(envelope.Event), EventText.ToneOf(envelope.Event))
            .Add(EventText.Doubt(envelope), Tone.Bad)));
        Screen.Draw(Terminal.Output.Resized(), lines, how);
    }

    private static Line Row(string node, GateState state) => Line.Of($"{node}  ", Tone.Strong)
        .Add(Word(state).PadRight(8), state.Phase.LetsTrafficIn() ? Tone.Good : Tone.Bad)
        .Add($"{state.NodeState,-12}")
        .Add(
            $"{(state.Verdict is { } verdict ? EventText.Verdict(verdict) : "no verdict yet"), -36} ",
            state.Verdict is { IsFit: false } ? Tone.Caution : Tone.Plain)
        .Add(
            string.Join(
                ", ",
                Enum.GetValues<Family>()
                    .Select(family =>
                        $"{family.ToString().ToLowerInvariant()} "
                        + $"{(state.Redirects.Of(family).Rules.Count > 0 ? "redirected" : "-")}")));

    private static string Word(GateState state) => state.Phase.ToString().ToUpperInvariant();
}
