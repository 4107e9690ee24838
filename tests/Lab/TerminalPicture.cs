using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace GaleraGate.Lab;

/// <summary>Renders a terminal's screen as a page, with its colours, for a browser to take a picture of.</summary>
internal static partial class TerminalPicture
{
    private const string Style = """
        body { margin: 0; padding: 14px 18px; font: 14px/1.35 'DejaVu Sans Mono', monospace; background: #fff;
            color: #1b1f24; }
        pre { margin: 0; font: inherit; }
        .prompt { color: #5b6570; } .bold { font-weight: 700; } .dim { opacity: .66; }
        .red { color: #b3261e; } .green { color: #1b6e40; } .yellow { color: #8a5a00; }
        @media (prefers-color-scheme: dark) { body { background: #14181d; color: #e4e8ec; } .prompt { color: #98a3ae; }
            .red { color: #ff7b72; } .green { color: #56d38b; } .yellow { color: #e0b04c; } }
        """;

    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["1"] = "bold",
        ["2"] = "dim",
        ["31"] = "red",
        ["32"] = "green",
        ["33"] = "yellow",
    };

    /// <param name="command">The command as typed, shown above the screen.</param>
    /// <param name="screen">The screen with its escape sequences.</param>
    public static string Html(string command, string screen) => $"""
        <!doctype html><html><head><meta charset="utf-8"><style>{Style}</style></head>
        <body><pre><span class="prompt">$ {WebUtility.HtmlEncode(command)}</span>
        {Painted(screen.TrimEnd())}</pre></body></html>
        """;

    private static string Painted(string screen)
    {
        var text = new StringBuilder();
        var tones = new SortedSet<string>(StringComparer.Ordinal);
        var from = 0;
        foreach (var sequence in Graphic().Matches(screen).Append(null))
        {
            var piece = WebUtility.HtmlEncode(screen[from..(sequence?.Index ?? screen.Length)]);
            _ = piece.Length == 0 || tones.Count == 0
                ? text.Append(piece)
                : text.Append("<span class=\"").AppendJoin(' ', tones).Append("\">").Append(piece).Append("</span>");
            foreach (var code in sequence?.Groups[1].Value.Split(';') ?? [])
            {
                switch (code)
                {
                    case "" or "0":
                        tones.Clear();
                        break;
                    case "22":
                        _ = tones.RemoveWhere(tone => tone is "bold" or "dim");
                        break;
                    case "39":
                        _ = tones.RemoveWhere(tone => tone is "red" or "green" or "yellow");
                        break;
                    default:
                        _ = Classes.TryGetValue(code, out var tone) && tones.Add(tone);
                        break;
                }
            }

            from = sequence is null ? from : sequence.Index + sequence.Length;
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\e\[([0-9;]*)m")]
    private static partial Regex Graphic();
}
