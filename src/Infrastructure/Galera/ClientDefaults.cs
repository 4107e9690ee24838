using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Reads the client groups of my.cnf files as the mariadb client does; a later value overrides an earlier one.
/// </summary>
public static class ClientDefaults
{
    /// <summary>The first of these that exists is read if no file is named.</summary>
    public static IReadOnlyList<string> DefaultFiles { get; } = ["/etc/galeragate/my.cnf", "/root/.my.cnf"];

    /// <summary>
    /// The options used here, and the shortest unambiguous form of each name, as the mariadb client accepts it.
    /// </summary>
    private static readonly (string Name, string Shortest)[] Known =
    [
        ("user", "us"),
        ("password", "pas"),
        ("host", "ho"),
        ("port", "po"),
        ("socket", "so"),
        ("protocol", "prot"),
        ("ssl", "ssl"),
        ("ssl-ca", "ssl-ca"),
        (Folder, "ssl-cap"),
        ("ssl-cert", "ssl-ce"),
        ("ssl-key", "ssl-k"),
        ("ssl-verify-server-cert", "ssl-v"),
        ("ssl-mode", "ssl-m"),
    ];

    private const string Folder = "ssl-capath";

    private static readonly string[] OnOff = ["ssl", "ssl-verify-server-cert"];

    /// <summary>The options in the client groups of a file and the files it includes, by their full names.</summary>
    /// <param name="holdsPassword">Called with each file that contains a password.</param>
    /// <param name="warns">Called with one line for each file that is ignored.</param>
    /// <exception cref="FormatException">A file is missing, unreadable or malformed; the message is one line for people
    /// and contains no value.</exception>
    public static IReadOnlyDictionary<string, string> Read(
        string file, Action<string>? holdsPassword = null, Action<string>? warns = null)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        new DefaultsFile(Take, warns).Read(file);
        return options;

        void Take(string where, string given, string text)
        {
            var (name, value) = Meant(given, text);
            options[name] = Array.Exists(Known, row => row.Name == name) ? DefaultsFile.Text(value, where) : value;
            if (name == "password" && value.Length > 0)
            {
                holdsPassword?.Invoke(where[..where.LastIndexOf(':')]);
            }
            else if (name == Folder)
            {
                warns?.Invoke($"{where}: {Folder} is ignored: name one file that holds the authorities, with ssl-ca");
            }
        }
    }

    /// <summary>
    /// An option as MariaDB interprets its name: case-insensitive, dashes or underscores, abbreviated, with a prefix
    /// loose-, skip-, disable- or enable-.
    /// </summary>
    private static (string Name, string Value) Meant(string given, string value)
    {
        var name = Without(given.ToLowerInvariant().Replace('_', '-'), "loose-");
        foreach (var (prefix, isOn) in new[] { ("skip-", false), ("disable-", false), ("enable-", true) })
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)
                && WholeName(name[prefix.Length..]) is var option
                && OnOff.Contains(option))
            {
                return (option, IsOn(value) == isOn ? "1" : "0");
            }
        }

        return (WholeName(name), value);
    }

    private static string WholeName(string name) =>
        Array
            .Find(
                Known,
                row =>
                    row.Name == name
                    || (
                        row.Name.StartsWith(name, StringComparison.Ordinal)
                        && name.StartsWith(row.Shortest, StringComparison.Ordinal)))
            .Name
        ?? name;

    private static string Without(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

    /// <summary>
    /// Puts user, password and TLS options from the file into a connection string; <see cref="ServerPlace"/> handles
    /// the others.
    /// </summary>
    /// <exception cref="FormatException">A value is not usable.</exception>
    public static void Apply(IReadOnlyDictionary<string, string> options, MySqlConnectionStringBuilder server)
    {
        server.UserID = options.GetValueOrDefault("user", server.UserID);
        server.Password = options.GetValueOrDefault("password", server.Password);
        server.SslCa = options.GetValueOrDefault("ssl-ca", server.SslCa);
        server.SslCert = options.GetValueOrDefault("ssl-cert", server.SslCert);
        server.SslKey = options.GetValueOrDefault("ssl-key", server.SslKey);
        server.SslMode = SslMode(options) ?? server.SslMode;
    }

    /// <summary>
    /// As both families of clients do it: with an authority the chain is checked; with ssl-verify-server-cert the name
    /// too. Stricter than MariaDB's client in one point: if TLS is requested at all, a server without TLS gets no
    /// password.
    /// </summary>
    private static MySqlSslMode? SslMode(IReadOnlyDictionary<string, string> options)
    {
        if (options.TryGetValue("ssl-mode", out var mode))
        {
            return mode.ToUpperInvariant() switch
            {
                "DISABLED" => MySqlSslMode.None,
                "PREFERRED" => MySqlSslMode.Preferred,
                "REQUIRED" => MySqlSslMode.Required,
                "VERIFY_CA" => MySqlSslMode.VerifyCA,
                "VERIFY_IDENTITY" => MySqlSslMode.VerifyFull,
                _ => throw new FormatException(
                    $"ssl-mode in the credentials file is one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, "
                    + $"VERIFY_IDENTITY, not '{DefaultsFile.Shown(mode)}'"),
            };
        }

        var isOff = options.TryGetValue("ssl", out var ssl) && !IsOn(ssl);
        return isOff ? MySqlSslMode.None
            : options.TryGetValue("ssl-verify-server-cert", out var verify) && IsOn(verify) ? MySqlSslMode.VerifyFull
            : options.GetValueOrDefault("ssl-ca") is { Length: > 0 } ? MySqlSslMode.VerifyCA
            : ssl is not null ? MySqlSslMode.Required
            : null;
    }

    private static bool IsOn(string value) =>
        value is "" or "1"
        || value.Equals("on", StringComparison.OrdinalIgnoreCase)
        || value.Equals("true", StringComparison.OrdinalIgnoreCase);
}
