using System.Text;

namespace GaleraGate.Daemon.Tests.Documentation;

/// <summary>The part of a shell's grammar that the documents use.</summary>
internal static class ShellWords
{
    private static readonly string[] Ends = ["|", "||", "&&", ";", "&"];
    private static readonly string[] Redirections = [">", ">>", "<", "<<<", "2>"];

    /// <summary>The commands of a line, without comments, assignments and redirections.</summary>
    public static IEnumerable<string[]> Commands(string line)
    {
        var command = new List<string>();
        var isTarget = false;
        foreach (var (word, isQuoted) in Words(line).Append((";", false)))
        {
            if (!isQuoted && Ends.Contains(word))
            {
                if (command.Count > 0)
                {
                    yield return [.. command];
                }

                command = [];
            }
            else if (isTarget || (!isQuoted && Redirections.Contains(word)))
            {
                isTarget = !isTarget;
            }
            else if (command.Count > 0 || !IsAssignment(word))
            {
                command.Add(word);
            }
        }
    }

    private static bool IsAssignment(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        && word[..at].All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static IEnumerable<(string Word, bool IsQuoted)> Words(string line)
    {
        var word = new StringBuilder();
        var quote = '\0';
        var isQuoted = false;
        var depth = 0;
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (depth > 0)
            {
                // A command substitution is one word.
                depth += c switch
                {
                    '(' => 1,
                    ')' => -1,
                    _ => 0,
                };
                _ = word.Append(c);
            }
            else if (quote != '\'' && c == '$' && line.AsSpan(i).StartsWith("$("))
            {
                _ = word.Append(line[i++]).Append(line[i]);
                depth = 1;
            }
            else if (quote != '\0' ? c == quote : c is '\'' or '"')
            {
                quote = quote == '\0' ? c : '\0';
                isQuoted = true;
            }
            else if (quote != '\0')
            {
                _ = word.Append(c);
            }
            else if (char.IsWhiteSpace(c) || c == ';')
            {
                if (word.Length > 0 || isQuoted)
                {
                    yield return (word.ToString(), isQuoted);
                }

                isQuoted = false;
                _ = word.Clear();
                if (c == ';')
                {
                    yield return (";", false);
                }
            }
            else if (c == '#' && word.Length == 0)
            {
                yield break;
            }
            else
            {
                _ = word.Append(c);
            }
        }

        if (word.Length > 0 || isQuoted)
        {
            yield return (word.ToString(), isQuoted);
        }
    }
}
