using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Tests.Text;

public sealed class TerminalTests
{
    [Fact]
    public void Without_colours_a_line_is_only_its_text() =>
        Assert.Equal(
            "gate OPEN", new Terminal(colours: false, width: null).Text(Line.Of("gate ").Add("OPEN", Tone.Good)));

    [Fact]
    public void With_colours_only_text_with_a_tone_is_coloured() =>
        Assert.Equal(
            "gate \e[32mOPEN\e[0m",
            new Terminal(colours: true, width: null).Text(Line.Of("gate ").Add("OPEN", Tone.Good)));

    [Fact]
    public void A_line_wider_than_the_terminal_is_cut_with_an_ellipsis() =>
        Assert.Equal("0123456…", new Terminal(colours: false, width: 8).Text(Line.Of("01234").Add("56789", Tone.Bad)));

    [Fact]
    public void Control_characters_are_shown_as_dots_and_only_our_own_colours_pass() =>
        Assert.Equal(
            "\e[32ma·[2Jb·c··d\e[0m",
            new Terminal(colours: true, width: null).Text(Line.Of("a\e[2Jb\u009bc\r\nd", Tone.Good)));

    [Fact]
    public void Console_text_keeps_line_ends_and_tabs_but_no_other_control_characters()
    {
        using var shown = new StringWriter();
        using (var console = new PlainWriter(shown) { NewLine = "\n" })
        {
            console.Write("a\tb\e[31m");
            console.Write('\a');
            console.WriteLine("x\ry\u009b");
            console.WriteLine();
            console.Write("one\r\ntwo".ToCharArray());
            console.WriteLine("{0}", "\b");
        }

        Assert.Equal("a\tb·[31m·x·y·\n\none\r\ntwo·\n", shown.ToString());
    }

    [Theory]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(80)]
    public void Wrapped_lines_fit_and_lose_no_word(int width)
    {
        const string Words =
            "redirect   ipv4 in place: -A GALERAGATE-3308 -p tcp -m tcp --dport 3308 -m comment --comment "
            + "galeragate:n1:12 -j REDIRECT --to-ports 3306";
        var terminal = new Terminal(colours: false, width);

        var lines = terminal
            .Wrapped(Line.Of(Words[..24]).Add(Words[24..], Tone.Quiet), indent: 11)
            .Select(terminal.Text)
            .ToList();

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.All(lines.Skip(1), line => Assert.StartsWith(new string(' ', 11), line, StringComparison.Ordinal));
        Assert.Equal(
            Words.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void A_word_wider_than_the_terminal_is_broken_not_lost()
    {
        var terminal = new Terminal(colours: false, width: 20);

        var lines = terminal.Wrapped(Line.Of("a ").Add(new string('x', 50)), indent: 4).Select(terminal.Text).ToList();

        Assert.All(lines, line => Assert.True(line.Length <= 20, line));
        Assert.Equal(50, string.Concat(lines).Count(c => c == 'x'));
    }

    [Fact]
    public void Text_for_a_pipe_is_not_wrapped() =>
        Assert.Single(new Terminal(colours: false, width: null).Wrapped(Line.Of(new string('x', 500)), indent: 4));
}
