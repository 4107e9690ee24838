using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Text;

/// <summary>
/// What a person sees on a terminal: colours only there and never required, widths respected, a live view that leaves
/// no trace.
/// </summary>
public sealed class TerminalViewTests : IDisposable
{
    private readonly DryDaemon _dry = new();

    public void Dispose() => _dry.Dispose();

    [Fact]
    public void The_live_view_follows_gate_and_daemon_and_restores_the_screen()
    {
        _dry.AwaitOpen();
        using var screen = new Tmux(
            "sh",
            "-c",
            $"echo before; {GateDaemon.Binary} status --watch --control {_dry.Gate.Control}; echo exit $?; sleep 60");
        screen.Await("OPEN for");
        screen.Await("GateOpened");

        _dry.Gate.Ask("hold", "--reason", "to be seen");
        screen.Await("HELD");
        screen.Await("to be seen");
        _dry.Gate.Kill();
        screen.Await("NO ANSWER");
        _dry.Restart();
        screen.Await(text =>
            text.Contains("HELD", StringComparison.Ordinal) && !text.Contains("NO ANSWER", StringComparison.Ordinal));

        screen.Resize(50, 20);
        screen.Await(text =>
            text.Contains("HELD", StringComparison.Ordinal)
            && text.Split('\n').All(line => line.Length <= 50)
            && text.Contains("q quits", StringComparison.Ordinal));

        screen.Type("q");
        screen.Await("exit 1");
        Assert.StartsWith("before", screen.Screen, StringComparison.Ordinal);
        Assert.DoesNotContain("HELD", screen.Screen, StringComparison.Ordinal);
    }

    [Fact]
    public void The_live_view_fits_80_by_24_and_first_shows_whether_the_daemon_answers()
    {
        _dry.AwaitOpen();
        using var screen = new Tmux(
            80, 24, ["sh", "-c", $"{GateDaemon.Binary} status --watch --control {_dry.Gate.Control}; sleep 60"]);
        screen.Await("GateOpened");
        var lines = screen.Screen.TrimEnd().Split('\n');
        Assert.Matches("^OPEN for .*: the node is fit: synced$", lines[0]);
        Assert.StartsWith("closes at once when the node is unfit", lines[1], StringComparison.Ordinal);
        Assert.Matches("^n1, gate port 3308 to 3306, dry run, as of [0-9:]{8}Z$", lines[3]);
        Assert.True(lines.Length <= 24 && lines.All(line => line.Length <= 80));
        Assert.Contains("q quits", screen.Screen, StringComparison.Ordinal);

        _dry.Gate.Kill();

        screen.Await("NO ANSWER");
        lines = screen.Screen.TrimEnd().Split('\n');
        Assert.StartsWith("NO ANSWER for ", lines[0], StringComparison.Ordinal);
        Assert.Contains("was OPEN for ", screen.Screen, StringComparison.Ordinal);
        Assert.DoesNotContain("closes at once", screen.Screen, StringComparison.Ordinal);
        Assert.Contains("q quits", screen.Screen, StringComparison.Ordinal);
        Assert.Contains("GateOpened", screen.Screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1", false)]
    [InlineData("TERM=dumb", false)]
    public void Colours_are_used_only_on_a_terminal_that_wants_them(string environment, bool colours)
    {
        _dry.AwaitOpen();
        using var screen = new Tmux(
            "sh",
            "-c",
            $"env {environment} {GateDaemon.Binary} status --control {_dry.Gate.Control}; echo end; sleep 60");
        screen.Await("end");

        Assert.Contains("OPEN", screen.Screen, StringComparison.Ordinal);
        Assert.Equal(colours, screen.Painted.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public void A_pipe_gets_text_without_colours_and_no_live_view()
    {
        Assert.DoesNotContain('\e', _dry.Gate.Ask("status").Output);
        var (exitCode, output, error) = _dry.Gate.Ask("status", "--watch");
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(100)]
    public void A_timeline_wraps_at_words_with_an_indent(int columns)
    {
        _dry.AwaitOpen();
        using var screen = new Tmux(
            columns,
            40,
            ["sh", "-c", $"{GateDaemon.Binary} audit timeline --journal {_dry.Gate.Journal}; echo end; sleep 60"]);
        screen.Await("\nend");

        var lines = screen.Screen.Split("\nend")[0].Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= columns));
        Assert.All(
            lines,
            line =>
                Assert.True(
                    line.StartsWith("20", StringComparison.Ordinal)
                        || line.StartsWith("    ", StringComparison.Ordinal),
                    line));
    }
}
