using System.Globalization;
using System.Text;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Reads the client groups of my.cnf files as MySQL reads them: quoting, escapes, comments from # anywhere outside quotes, ! directives, dashes
/// and underscores alike, the later value wins.
/// </summary>
public static class ClientDefaults
{
    /// <summary>Read in this order where no file is named; the first that is there is taken.</summary>
    public static IReadOnlyList<string> DefaultFiles { get; } = ["/etc/galeragate/my.cnf", "/root/.my.cnf"];

    private const int MaxIncludeDepth = 10;

    private static readonly string[] Groups = ["client", "client-server", "client-mariadb"];

    /// <summary>The options of the client groups of a file and of what it includes, dashes for underscores.</summary>
    /// <param name="holdsPassword">Told of each file that a password stands in.</param>
    /// <exception cref="FormatException">A file is missing, unreadable or wrong; the message is one line for people and holds no value.</exception>
    public static IReadOnlyDictionary<string, string> Read(string file, Action<string>? holdsPassword = null)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        ReadInto(options, file, 0, holdsPassword);
        return options;
    }

    /// <summary>Puts what the file says about user, password, server and TLS into a connection string.</summary>
    /// <exception cref="FormatException">A value cannot be used.</exception>
    public static void Apply(IReadOnlyDictionary<string, string> options, MySqlConnectionStringBuilder server)
    {
        server.UserID = options.GetValueOrDefault("user", server.UserID);
        server.Password = options.GetValueOrDefault("password", server.Password);
        server.SslCa = options.GetValueOrDefault("ssl-ca", server.SslCa);
        server.SslCert = options.GetValueOrDefault("ssl-cert", server.SslCert);
        server.SslKey = options.GetValueOrDefault("ssl-key", server.SslKey);
        server.SslMode = SslMode(options) ?? server.SslMode;
        if (options.TryGetValue("socket", out var socket) && !options.ContainsKey("host"))
        {
            server.ConnectionProtocol = MySqlConnectionProtocol.UnixSocket;
            server.Server = socket;
        }
        else if (options.TryGetValue("host", out var host))
        {
            server.ConnectionProtocol = MySqlConnectionProtocol.Sockets;
            server.Server = host;
        }

        if (options.TryGetValue("port", out var port))
        {
            server.Port = ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : throw new FormatException($"port in the credentials file must be from 1 to 65535, not '{port}'");
        }
    }

    private static MySqlSslMode? SslMode(IReadOnlyDictionary<string, string> options)
    {
        static bool IsOn(string value) => value is "" or "1" || value.Equals("on", StringComparison.OrdinalIgnoreCase)
            || value.Equals("true", StringComparison.OrdinalIgnoreCase);

        if (options.TryGetValue("ssl-mode", out var mode))
        {
            return mode.ToUpperInvariant() switch
            {
                "DISABLED" => MySqlSslMode.None,
                "PREFERRED" => MySqlSslMode.Preferred,
                "REQUIRED" => MySqlSslMode.Required,
                // The stricter of the two stands for both.
                "VERIFY_CA" or "VERIFY_IDENTITY" => MySqlSslMode.VerifyFull,
                _ => throw new FormatException(
                    $"ssl-mode in the credentials file is one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY, not '{mode}'"),
            };
        }

        return options.TryGetValue("skip-ssl", out var skip) && IsOn(skip) ? MySqlSslMode.None
            : options.TryGetValue("ssl-verify-server-cert", out var verify) && IsOn(verify) ? MySqlSslMode.VerifyFull
            : options.TryGetValue("ssl", out var ssl) ? (IsOn(ssl) ? MySqlSslMode.Required : MySqlSslMode.None)
            : options.ContainsKey("ssl-ca") ? MySqlSslMode.Required
            : null;
    }

    private static void ReadInto(Dictionary<string, string> options, string file, int depth, Action<string>? holdsPassword)
    {
        if (depth > MaxIncludeDepth)
        {
            throw new FormatException($"{file}: more than {MaxIncludeDepth} files include one another");
        }

        var isClientGroup = false;
        var number = 0;
        foreach (var raw in ReadLines(file))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (line.Contains('\0', StringComparison.Ordinal))
            {
                throw new FormatException($"{file}:{number}: a line holds a NUL: this is no my.cnf");
            }

            if (line[0] == '!')
            {
                Include(options, line, Path.GetDirectoryName(Path.GetFullPath(file))!, depth, $"{file}:{number}", holdsPassword);
            }
            else if (line[0] == '[')
            {
                var end = line.IndexOf(']', StringComparison.Ordinal);
                isClientGroup = end > 0
                    ? Groups.Contains(line[1..end].Trim())
                    : throw new FormatException($"{file}:{number}: a group's name ends with ]");
            }
            else if (isClientGroup)
            {
                var (name, value) = Option(line);
                name = name.StartsWith("loose-", StringComparison.Ordinal) ? name["loose-".Length..] : name;
                options[name] = value;
                if (name == "password" && value.Length > 0)
                {
                    holdsPassword?.Invoke(file);
                }
            }
        }
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var why = e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : e.Message;
            throw new FormatException($"the credentials file {file} cannot be read: {why}", e);
        }
    }

    private static void Include(Dictionary<string, string> options, string line, string folder, int depth, string where, Action<string>? holdsPassword)
    {
        var words = line.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        switch (words)
        {
            case ["!include", var file]:
                ReadInto(options, Path.Combine(folder, file), depth + 1, holdsPassword);
                break;
            case ["!includedir", var directory]:
                foreach (var file in FilesOf(Path.Combine(folder, directory)))
                {
                    ReadInto(options, file, depth + 1, holdsPassword);
                }

                break;
            default:
                throw new FormatException($"{where}: after ! comes include FILE or includedir DIRECTORY");
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
            throw new FormatException($"the directory {directory} of !includedir cannot be read: {e.Message}", e);
        }
    }

    private static (string Name, string Value) Option(string line)
    {
        var text = WithoutComment(line);
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var name = (equals < 0 ? text : text[..equals]).Trim().Replace('_', '-');
        var value = equals < 0 ? "" : text[(equals + 1)..].Trim();
        var isQuoted = value.Length >= 2 && value[0] is '\'' or '"' && value[^1] == value[0];
        return (name, Unescape(isQuoted ? value[1..^1] : value));
    }

    /// <summary>Cuts at the first # that stands outside quotes.</summary>
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
