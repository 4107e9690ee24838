using System.Text;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Parses one line of a my.cnf: quotes, escapes, and comments that start with # anywhere outside quotes.
/// </summary>
internal static class DefaultsLine
{
    /// <summary>Name and value as written; if there is no =, the value is empty.</summary>
    public static (string Name, string Value) Option(string line)
    {
        var text = WithoutComment(line);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = (equals < 0 ? text : text[..equals]).Trim();
        var value = equals < 0 ? "" : text[(equals + 1)..].Trim();
        var isQuoted = value.Length >= 2 && value[0] is '\'' or '"' && value[^1] == value[0];
        return (name, Unescape(isQuoted ? value[1..^1] : value));
    }

    /// <summary>Cuts at the first # outside quotes.</summary>
    private static string WithoutComment(string line)
    {
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && c == '#')
            {
                return line[..i];
            }

            if (quote != '\0' && c == '\\')
            {
                i++;
            }
            else if (c is '\'' or '"')
            {
                quote = quote == '\0' ? c : quote == c ? '\0' : quote;
            }
        }

        return line;
    }

    private static string Unescape(string value)
    {
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var escaped = value[i] == '\\' && i + 1 < value.Length ? Escaped(value[i + 1]) : null;
            _ = text.Append(escaped ?? value[i]);
            i += escaped is null ? 0 : 1;
        }

        return text.ToString();
    }

    private static char? Escaped(char c) => c switch
    {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\b',
        's' => ' ',
        '"' => '"',
        '\'' => '\'',
        '\\' => '\\',
        _ => null,
    };
}
