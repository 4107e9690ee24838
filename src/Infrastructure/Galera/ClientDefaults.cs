using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Reads the client groups of my.cnf files as the mariadb client reads them; the later value wins.
/// </summary>
public static class ClientDefaults
{
    /// <summary>Read in this order where no file is named; the first that is there is taken.</summary>
    public static IReadOnlyList<string> DefaultFiles { get; } = ["/etc/galeragate/my.cnf", "/root/.my.cnf"];

    /// <summary>
    /// The options that count here, and how much of each name the mariadb client wants to tell it from its other
    /// options.
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

    /// <summary>The options of the client groups of a file and of what it includes, by their whole names.</summary>
    /// <param name="holdsPassword">Told of each file that a password stands in.</param>
    /// <param name="warns">Told in one line of each file that is ignored.</param>
    /// <exception cref="FormatException">A file is missing, unreadable or wrong; the message is one line for people and
    /// holds no value.</exception>
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
    /// What an option is as MariaDB understands its name: in any case, dashes for underscores, cut short, after loose-,
    /// skip-, disable- or enable-.
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
    /// Puts what the file says about user, password and TLS into a connection string; <see cref="ServerPlace"/> has
    /// the rest.
    /// </summary>
    /// <exception cref="FormatException">A value cannot be used.</exception>
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
    /// As both families of clients read it: with an authority the chain is checked, and with ssl-verify-server-cert
    /// the name too. Stricter than MariaDB's own client: where TLS is asked for at all, a server without it gets no
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
