namespace GaleraGate.Daemon.Text;

/// <summary>
/// The terminal's alternate screen, for a live view: redrawn repeatedly; at the end the normal screen is restored.
/// </summary>
internal sealed class Screen : IDisposable
{
    private const string OtherScreen = "\e[?1049h\e[?25l";
    private const string FirstScreen = "\e[?25h\e[?1049l";
    private const string Home = "\e[H";
    private const string ToEndOfLine = "\e[K";
    private const string ToEndOfScreen = "\e[J";

    public Screen() => Terminal.Control(OtherScreen);

    /// <summary>The current number of lines.</summary>
    public static int Height => Math.Max(2, WindowSize.Now().Rows);

    /// <summary>Draws the lines, and in the last row how to leave, even in a low window.</summary>
    public static void Draw(Terminal terminal, IEnumerable<Line> lines, string howToLeave)
    {
        var shown = lines.Take(Height - 1).Append(Line.Of(howToLeave, Tone.Quiet));
        var text = string.Join(ToEndOfLine + "\r\n", shown.Select(terminal.Text));
        Terminal.Control(Home + text + ToEndOfLine + ToEndOfScreen);
    }

    public static bool QuitIsPressed() =>
        !Console.IsInputRedirected && Console.KeyAvailable && Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q';

    public void Dispose() => Terminal.Control(FirstScreen);
}
