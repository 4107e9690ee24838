using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// The meaning of a piece of text. Colours show it on a terminal; the text itself always says it too.
/// </summary>
internal enum Tone
{
    Plain,
    Good,
    Bad,
    Caution,
    Quiet,
    Strong,
}

/// <summary>
/// A line of pieces, each with its tone; control characters in them are shown as dots, whatever their source.
/// </summary>
internal sealed class Line
{
    private readonly List<(Tone Tone, string Text)> _pieces = [];

    public IReadOnlyList<(Tone Tone, string Text)> Pieces => _pieces;

    public static Line Of(string text, Tone tone = Tone.Plain) => new Line().Add(text, tone);

    public Line Add(string text, Tone tone = Tone.Plain)
    {
        _pieces.Add((tone, PlainWriter.Plain(text)));
        return this;
    }
}

/// <summary>
/// Standard output: colours and limited width only on a terminal. NO_COLOR and TERM=dumb turn colours off; output to a
/// file or a pipe is never cut and never coloured. All text to the console passes through a <see cref="PlainWriter"/>;
/// only our own colour and screen sequences bypass it.
/// </summary>
internal sealed class Terminal(bool colours, int? width)
{
    private const string Reset = "\e[0m";

    // On a terminal the console's own writers must not be used: they first switch on the keypad mode (ESC [ ? 1 h).
    private static readonly StreamWriter Raw = Writer(1, !Console.IsOutputRedirected);
    private static readonly StreamWriter RawError = Writer(2, !Console.IsErrorRedirected);
    private static bool _isProgressShown;

    public static Terminal Output { get; } = new(
        !Console.IsOutputRedirected
            && Environment.GetEnvironmentVariable("NO_COLOR") is null or ""
            && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"),
        Console.IsOutputRedirected ? null : WindowWidth());

    /// <summary>The same without cutting or wrapping: the terminal breaks long lines itself.</summary>
    public static Terminal Unbounded => new(Output.HasColours, null);

    private bool HasColours => colours;

    /// <summary>From here on, only our own control characters reach the console.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "the console's own, until the process ends")]
    public static void Guard()
    {
        Console.SetOut(new PlainWriter(Raw));
        Console.SetError(new PlainWriter(RawError));
    }

    /// <summary>
    /// Makes text from elsewhere safe to show: a server or a peer may send anything, so control characters are shown as
    /// dots.
    /// </summary>
    public static string Plain(string? text) => PlainWriter.Plain(text ?? "");

    /// <summary>Writes one of our own control sequences to the terminal.</summary>
    public static void Control(string sequence) => Raw.Write(sequence);

    /// <summary>Shows progress in a line of standard error that the next call overwrites; only on a terminal.</summary>
    public static void Progress(string words)
    {
        if (!Console.IsErrorRedirected && (words.Length > 0 || _isProgressShown))
        {
            _isProgressShown = words.Length > 0;
            RawError.Write($"\r\e[K{words}");
        }
    }

    /// <summary>
    /// Writes a line for another program: exact bytes into a file or a pipe, where they may be verified; made safe on a
    /// terminal.
    /// </summary>
    public static void WriteData(string line) => (IsInteractive ? Console.Out : Raw).WriteLine(line);

    /// <summary>The same for many lines.</summary>
    public static TextWriter Data(string newLine)
    {
        var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        TextWriter writer = IsInteractive ? new PlainWriter(output) : output;
        writer.NewLine = newLine;
        return writer;
    }

    /// <summary>
    /// Until disposed of, output to a file or a pipe is written in large pieces: a system call for each of a million
    /// lines takes longer than reading them. On a terminal each line is written at once.
    /// </summary>
    public static IDisposable InBulk() => new Bulk();

    public static bool IsInteractive => !Console.IsOutputRedirected;

    /// <summary>The same with the current width, so that a live view follows the window.</summary>
    public Terminal Resized() => new(colours, width is null ? null : WindowWidth());

    public void Write(Line line) => Raw.WriteLine(Text(line));

    /// <summary>Wraps a line that is wider than the terminal at spaces, and indents the continuation lines.</summary>
    public void WriteWrapped(Line line, int indent)
    {
        foreach (var part in Wrapped(line, indent))
        {
            Write(part);
        }
    }

    /// <summary>The line as written: coloured, and cut with … at the terminal's width.</summary>
    public string Text(Line line)
    {
        var text = new StringBuilder();
        var left = width ?? int.MaxValue;
        foreach (var (tone, piece) in line.Pieces)
        {
            var shown = piece.Length <= left ? piece : left > 0 ? piece[..(left - 1)] + "…" : "";
            left -= piece.Length;
            _ =
                colours && Colour(tone) is { } colour
                    ? text.Append(colour).Append(shown).Append(Reset)
                    : text.Append(shown);
        }

        return text.ToString();
    }

    /// <summary>The line in parts that each fit.</summary>
    public IEnumerable<Line> Wrapped(Line line, int indent)
    {
        var part = new Line();
        var used = 0;
        foreach (var (tone, piece) in line.Pieces)
        {
            var rest = piece;
            while (used + rest.Length > (width ?? int.MaxValue) && width - indent > indent)
            {
                var room = Math.Max(0, width!.Value - used);
                var at = rest[..Math.Min(room, rest.Length)].LastIndexOf(' ');
                at = at <= 0 && used > indent ? 0 : at <= 0 ? Math.Min(room, rest.Length) : at;
                yield return part.Add(rest[..at], tone);
                rest = rest[at..].TrimStart();
                part = Line.Of(new string(' ', indent));
                used = indent;
            }

            _ = part.Add(rest, tone);
            used += rest.Length;
        }

        yield return part;
    }

    private static string? Colour(Tone tone) => tone switch
    {
        Tone.Plain => null,
        Tone.Good => "\e[32m",
        Tone.Bad => "\e[1;31m",
        Tone.Caution => "\e[33m",
        Tone.Quiet => "\e[2m",
        Tone.Strong => "\e[1m",
    };

    [SuppressMessage("Reliability", "CA2000", Justification = "the process's own, until it ends")]
    private static StreamWriter Writer(int descriptor, bool isTerminal)
    {
        // Processes that share a file share its write position; only the console's stream respects that.
        var stream = isTerminal
            ? new FileStream(new SafeFileHandle(descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0)
            : descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
        return new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 1 << 14) { AutoFlush = true };
    }

    private static int WindowWidth() => WindowSize.Now().Columns;

    private sealed class Bulk : IDisposable
    {
        public Bulk() => Raw.AutoFlush = IsInteractive;

        public void Dispose() => Raw.AutoFlush = true;
    }
}
