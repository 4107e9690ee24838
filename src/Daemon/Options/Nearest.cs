namespace GaleraGate.Daemon.Options;

/// <summary>Guesses the name that a person meant to type.</summary>
internal static class Nearest
{
    /// <summary>The name at most two edits away, for words longer than twice that; null if none.</summary>
    public static string? To(string typed, IEnumerable<string> names)
    {
        var best = names
            .Select(name => (Name: name, Distance: Distance(typed, name)))
            .DefaultIfEmpty((Name: "", Distance: int.MaxValue))
            .MinBy(one => one.Distance);
        return best.Distance <= 2 && best.Distance * 2 < typed.Trim('-').Length ? best.Name : null;
    }

    /// <summary>The end of a sentence that has just named the unknown word; empty without a good guess.</summary>
    public static string Hint(string typed, IEnumerable<string> names) =>
        To(typed, names) is { } name ? $"; did you mean {name}?" : "";

    /// <summary>Counts letters added, left out, changed or swapped with their neighbour.</summary>
    private static int Distance(string one, string other)
    {
        var rows = Enumerable.Range(0, one.Length + 1).Select(_ => new int[other.Length + 1]).ToArray();
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                rows[i][j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(rows[i - 1][j], rows[i][j - 1]) + 1,
                    rows[i - 1][j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    rows[i][j] = Math.Min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }

        return rows[one.Length][other.Length];
    }
}
