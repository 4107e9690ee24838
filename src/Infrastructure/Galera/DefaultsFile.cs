using System.Text;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The lines in the client groups of a my.cnf and the files it includes, as MariaDB reads them: a missing included file
/// is skipped, a world-writable file is ignored, and group names are case-insensitive. It is more lenient than MariaDB
/// in two points: lines before the first group are skipped, and a relative !include is resolved relative to the file
/// that contains it.
/// </summary>
/// <param name="takes">Receives an option: file and line, name, value. Each character of the value is one byte.</param>
/// <param name="warns">Called with one line for each file that is ignored.</param>
internal sealed class DefaultsFile(Action<string, string, string> takes, Action<string>? warns)
{
    private const int MaxIncludeDepth = 10;

    private static readonly string[] Groups = ["client", "client-server", "client-mariadb"];

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <exception cref="FormatException">The file cannot be read or is malformed; the message is one line for people
    /// and contains no value.</exception>
    public void Read(string file) => ReadInto(file, Required(file), 0);

    /// <summary>A value as text: the connection sends names and passwords as UTF-8.</summary>
    /// <exception cref="FormatException">It is not UTF-8.</exception>
    public static string Text(string value, string where)
    {
        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException e)
        {
            throw new FormatException(
                $"{where}: the value is not UTF-8, and the server would not be sent what is meant: save the file as "
                + "UTF-8",
                e);
        }
    }

    /// <summary>What a message says, in one line, whatever stands in a name or was escaped in a value.</summary>
    public static string Shown(string value) => string.Concat(value.Select(c => char.IsControl(c) ? '·' : c));

    private void ReadInto(string file, (byte[] Bytes, bool IsOpenToAll) content, int depth)
    {
        if (depth > MaxIncludeDepth)
        {
            throw new FormatException($"{file}: more than {MaxIncludeDepth} files include one another");
        }

        if (content is { IsOpenToAll: true, Bytes.Length: > 0 })
        {
            warns?.Invoke(
                Shown($"{file} is ignored, as MariaDB does: everybody on this host may write it: chmod o-w {file}"));
            return;
        }

        var isClientGroup = false;
        var number = 0;
        foreach (var raw in Lines(content.Bytes))
        {
            number++;
            var where = $"{file}:{number}";
            // Keep the bytes unchanged: lines of other groups may have any encoding.
            var line = Encoding.Latin1.GetString(raw).Trim(' ', '\t', '\r', '\v', '\f');
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line.Contains('\0', StringComparison.Ordinal))
            {
                throw new FormatException($"{where}: a line holds a NUL: this is not a my.cnf");
            }

            if (line[0] == '!')
            {
                Include(line, Path.GetDirectoryName(Path.GetFullPath(file))!, depth, where);
            }
            else if (line[0] == '[')
            {
                var end = line.IndexOf(']', StringComparison.Ordinal);
                isClientGroup = end > 0
                    ? Groups.Contains(line[1..end].TrimEnd(' ', '\t'), StringComparer.OrdinalIgnoreCase)
                    : throw new FormatException($"{where}: a group's name ends with ]");
            }
            else if (isClientGroup)
            {
                var (name, value) = DefaultsLine.Option(line);
                takes(where, name, value);
            }
        }
    }

    private void Include(string line, string folder, int depth, string where)
    {
        var words = Text(line, where)
            .Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["!include", var named]:
                var file = Path.Combine(folder, named);
                try
                {
                    ReadInto(file, Content(file), depth + 1);
                }
                catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
                {
                    // MariaDB skips it: such a file is optional.
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    warns?.Invoke(
                        Shown($"{where}: {file} is ignored, as MariaDB does: it cannot be read: {e.Message}"));
                }

                break;
            case ["!includedir", var directory]:
                foreach (var one in FilesOf(Path.Combine(folder, directory)))
                {
                    ReadInto(one, Required(one), depth + 1);
                }

                break;
            default:
                throw new FormatException($"{where}: after ! comes include FILE or includedir DIRECTORY");
        }
    }

    private static (byte[] Bytes, bool IsOpenToAll) Content(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return (bytes.ToArray(), (File.GetUnixFileMode(stream.SafeFileHandle) & UnixFileMode.OtherWrite) != 0);
    }

    private static (byte[] Bytes, bool IsOpenToAll) Required(string file)
    {
        try
        {
            return Content(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : e.Message;
            throw new FormatException(Shown($"the credentials file {file} cannot be read: {why}"), e);
        }
    }

    private static IEnumerable<string> FilesOf(string directory)
    {
        try
        {
            return Directory.GetFiles(directory, "*.cnf").Order(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException(
                Shown($"the directory {directory} of !includedir cannot be read: {e.Message}"), e);
        }
    }

    private static List<byte[]> Lines(byte[] bytes)
    {
        var lines = new List<byte[]>();
        var rest = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble)
            ? bytes.AsSpan(Encoding.UTF8.Preamble.Length)
            : bytes;
        foreach (var range in rest.Split((byte)'\n'))
        {
            lines.Add(rest[range].ToArray());
        }

        return lines;
    }
}
