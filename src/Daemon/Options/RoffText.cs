using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Options;

/// <summary>A page in the man macros that mandoc and groff accept without a warning.</summary>
internal sealed class RoffText
{
    /// <summary>mandoc's style check warns about longer lines.</summary>
    private const int MaxColumns = 78;

    /// <summary>
    /// The date in the pages' header, which is fixed so that the same source always gives the same page.
    /// </summary>
    private const string Edition = "2026-11-26";

    private readonly StringBuilder _text = new();

    /// <summary>Text with backslashes, dashes and quotes escaped for roff.</summary>
    public static string Escaped(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal)
            .Replace("^", "\\(ha", StringComparison.Ordinal)
            .Replace("~", "\\(ti", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal);

    public RoffText Header(string title, string name, string purpose) =>
        Raw($".TH {title} 8 {Edition} \"galeragate {About.Version}\" \"System Administration\"\n")
            .Heading("NAME")
            .Text($"{name} - {purpose}");

    public RoffText Heading(string heading) => Raw($".SH {heading}\n");

    /// <summary>A filled paragraph.</summary>
    public RoffText Text(string text)
    {
        var line = new StringBuilder();
        foreach (var word in Escaped(text).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > MaxColumns)
            {
                Line(line.ToString());
                _ = line.Clear();
            }

            _ = line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        return Line(line.ToString());
    }

    public RoffText Option(string names, string? argument, string help) =>
        Raw($".TP\n\\fB{Escaped(names)}\\fR{(argument is null ? "" : $" \\fI{Escaped(argument)}\\fR")}\n").Text(help);

    public RoffText Item(string what, string means) => Raw($".TP\n{Guarded(Escaped(what))}\n").Text(means);

    /// <summary>Directly after a heading no paragraph macro is needed.</summary>
    public RoffText Example(string command, string does, bool isBelowHeading) =>
        Raw(isBelowHeading ? "" : ".PP\n").Text(does + ":")
            .Raw($".PP\n.RS\n.nf\n{Guarded(Broken(Escaped(command)))}\n.fi\n.RE\n");

    public RoffText SeeAlso(IReadOnlyList<string> pages, params IEnumerable<string> others)
    {
        var all = pages.Concat(others).Order(StringComparer.Ordinal).ToList();
        _ = Heading("SEE ALSO");
        for (var i = 0; i < all.Count; i++)
        {
            _ = Raw($".BR {Escaped(all[i])} (8){(i < all.Count - 1 ? "," : "")}\n");
        }

        return this;
    }

    public RoffText Raw(string roff)
    {
        _ = _text.Append(CultureInfo.InvariantCulture, $"{roff}");
        return this;
    }

    public override string ToString() => _text.ToString();

    private RoffText Line(string text) => Raw(Guarded(text) + "\n");

    /// <summary>A line must not begin with a dot, which starts a request.</summary>
    private static string Guarded(string text) => text.StartsWith('.') ? "\\&" + text : text;

    /// <summary>Breaks a long command over several lines, with the shell's line continuation.</summary>
    private static string Broken(string command)
    {
        var text = new StringBuilder();
        var column = 0;
        var isQuoted = false;
        foreach (var word in command.Split(' '))
        {
            if (column > 0 && !isQuoted && column + 1 + word.Length > MaxColumns - 3)
            {
                _ = text.Append(" \\e\n   ");
                column = 3;
            }

            _ = text.Append(text.Length > 0 ? " " : "").Append(word);
            column += word.Length + 1;
            isQuoted ^= word.Split(Escaped("'")).Length % 2 == 0;
        }

        return text.ToString();
    }
}
