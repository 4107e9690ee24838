namespace GaleraGate.Daemon.Options;

/// <summary>
/// Reads /etc/galeragate/galeragate.conf and then conf.d/*.conf beside it; for an instance, NAME.conf and
/// NAME.d/*.conf. Lines are <c>option = value</c>, comments start with # or ; at the beginning of a line, and a later
/// value overrides an earlier one. Options are named as on the command line, without the dashes.
/// </summary>
internal static class ConfigFile
{
    public const string DefaultPath = $"{Folder}/galeragate.conf";

    private const string Folder = "/etc/galeragate";

    private const string Section = "[galeragate]";

    /// <summary>The file of an instance.</summary>
    public static string PathOf(string instance) => $"{Folder}/{instance}.conf";

    /// <summary>Every option that the files set: its value, and its place.</summary>
    /// <param name="wrong">Called with one line for each invalid line, and reading continues; if null, the first
    /// invalid line throws.</param>
    /// <param name="warns">Called with one line for each option that one file sets twice; the later value
    /// counts.</param>
    /// <exception cref="FormatException">A file cannot be read, or a line is not valid; the message is one line for
    /// people.</exception>
    public static IReadOnlyDictionary<string, (string Value, string Where)> Read(
        string path, Action<string>? wrong = null, Action<string>? warns = null)
    {
        var options = new Dictionary<string, (string, string)>(StringComparer.Ordinal);
        var full = Path.GetFullPath(path);
        var isInstance = full != DefaultPath && Path.GetDirectoryName(full) == Folder;
        var folder = Path.Combine(
            Path.GetDirectoryName(full)!, isInstance ? Path.GetFileNameWithoutExtension(full) + ".d" : "conf.d");
        foreach (var file in FilesOf(path, folder))
        {
            var (number, here) = (0, new Dictionary<string, string>(StringComparer.Ordinal));
            foreach (var raw in ReadLines(file, wrong))
            {
                var (line, where) = (raw.Trim(), $"{file}:{++number}");
                if (line.Length == 0 || line[0] is '#' or ';' || line == Section)
                {
                    continue;
                }

                try
                {
                    var (name, value) = Option(line, where);
                    options[name] = (value, where);
                    if (!here.TryAdd(name, where))
                    {
                        warns?.Invoke($"{where}: {name} is already set at {here[name]}; this line counts");
                    }
                }
                catch (FormatException e) when (wrong is not null)
                {
                    wrong(e.Message);
                }
            }
        }

        return options;
    }

    private static IEnumerable<string> FilesOf(string path, string folder) =>
        [
            path,
            .. Directory.Exists(folder)
                ? Directory.GetFiles(folder, "*.conf").Order(StringComparer.Ordinal)
                : Enumerable.Empty<string>(),
        ];

    private static string[] ReadLines(string file, Action<string>? wrong)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var sentence = $"the configuration file {file} cannot be read: {e.Message}";
            (wrong ?? (text => throw new FormatException(text, e)))(sentence);
            return [];
        }
    }

    private static (string Name, string Value) Option(string line, string where)
    {
        if (line.StartsWith('['))
        {
            throw new FormatException($"{where}: the only section is {Section}, not {line}");
        }

        var equals = line.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw new FormatException($"{where}: a line is option = value, not '{line}'");
        }

        var (name, value) = (line[..equals].TrimEnd(), line[(equals + 1)..].TrimStart());
        return OptionTable.All.Any(row => row.Name == name)
            ? (name, value is ['"', .. var inner, '"'] ? inner : value)
            : throw new FormatException(
                $"{where}: there is no option '{name}'{Nearest.Hint(name, OptionTable.All.Select(row => row.Name))}");
    }
}
