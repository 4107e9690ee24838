using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// What a piece of text means; a colour says so where there are colours, and the words say it everywhere.
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
/// A line of pieces, each with its tone; control characters in them are shown as dots, whoever said them.
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
/// Standard output as it is: colours and widths only on a terminal. NO_COLOR and TERM=dumb turn the colours off; what
/// goes into a file or a pipe is never cut and never coloured. What anybody writes to the console goes through a <see
/// cref="PlainWriter"/>; our own colours and screens go around it.
/// </summary>
internal sealed class Terminal(bool colours, int? width)
{
    private const string Reset = "\e[0m";

    // Not the console's own writers on a terminal: those switch the keypad's mode on (ESC [ ? 1 h) first.
    private static readonly StreamWriter Raw = Writer(1, !Console.IsOutputRedirected);
    private static readonly StreamWriter RawError = Writer(2, !Console.IsErrorRedirected);
    private static bool _isProgressShown;

    public static Terminal Output { get; } = new(
        !Console.IsOutputRedirected
            && Environment.GetEnvironmentVariable("NO_COLOR") is null or ""
            && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"),
        Console.IsOutputRedirected ? null : WindowWidth());

    /// <summary>The same, and no line is cut or wrapped: a terminal breaks it where it ends.</summary>
    public static Terminal Unbounded => new(Output.HasColours, null);

    private bool HasColours => colours;

    /// <summary>From here on the console shows nobody's control characters but ours.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "the console's own, until the process ends")]
    public static void Guard()
    {
        Console.SetOut(new PlainWriter(Raw));
        Console.SetError(new PlainWriter(RawError));
    }

    /// <summary>
    /// Text from somewhere else as it may be shown: what a server or a peer says may hold anything, its control
    /// characters are shown as dots.
    /// </summary>
    public static string Plain(string? text) => PlainWriter.Plain(text ?? "");

    /// <summary>Writes one of our own sequences to the terminal as it is.</summary>
    public static void Control(string sequence) => Raw.Write(sequence);

    /// <summary>
    /// Shows how far something is, in a line of standard error that the next one takes the place of; only on a
    /// terminal.
    /// </summary>
    public static void Progress(string words)
    {
        if (!Console.IsErrorRedirected && (words.Length > 0 || _isProgressShown))
        {
            _isProgressShown = words.Length > 0;
            RawError.Write($"\r\e[K{words}");
        }
    }

    /// <summary>
    /// A line for another program: to the byte into a file or a pipe, where it may be verified; on a terminal it is
    /// shown.
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
    /// Until it is disposed of, what goes into a file or a pipe goes out in large pieces: a system call for each of a
    /// million lines takes longer than to read them. On a terminal each line is shown at once.
    /// </summary>
    public static IDisposable InBulk() => new Bulk();

    public static bool IsInteractive => !Console.IsOutputRedirected;

    /// <summary>The width as of now, so that a live view follows the window.</summary>
    public Terminal Resized() => new(colours, width is null ? null : WindowWidth());

    public void Write(Line line) => Raw.WriteLine(Text(line));

    /// <summary>
    /// Wraps at spaces onto further lines under an indent, where the line is wider than the terminal.
    /// </summary>
    public void WriteWrapped(Line line, int indent)
    {
        foreach (var part in Wrapped(line, indent))
        {
            Write(part);
        }
    }

    /// <summary>The line as it goes out: coloured, and cut with … at the terminal's width.</summary>
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
        // A file keeps one place to write at for all that share it: only the console's stream respects that.
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
