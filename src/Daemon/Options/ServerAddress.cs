using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using MySqlConnector;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// The server's address and credentials: from the command line, then the credentials file, then the usual defaults.
/// </summary>
internal static class ServerAddress
{
    private static readonly string[] UsualSockets =
    [
        "/run/mysqld/mysqld.sock",
        "/var/lib/mysql/mysql.sock",
        "/var/run/mysqld/mysqld.sock",
        "/tmp/mysql.sock",
    ];

    /// <param name="secretFile">Called with each file that contains a password; if null, a world-readable one is an
    /// error.</param>
    /// <exception cref="FormatException">The file cannot be read or the host is not known; the message is one line for
    /// people and contains no secret.</exception>
    public static MySqlConnectionStringBuilder Of(Settings settings, Action<string>? secretFile = null)
    {
        var server = new MySqlConnectionStringBuilder { UserID = Environment.UserName };
        var place = new ServerPlace(UsualSockets.FirstOrDefault(File.Exists, UsualSockets[0]));
        if (CredentialsFile(settings) is { } file)
        {
            var options = ClientDefaults.Read(
                file, secretFile ?? (secret => SecretFile.MustBePrivate(secret, settings)), Warn);
            ClientDefaults.Apply(options, server);
            place = place.With(options);
        }

        Place(settings, place).Put(server);
        if (server.ConnectionProtocol == MySqlConnectionProtocol.Sockets)
        {
            MustResolve(server.Server);
        }

        return server;
    }

    /// <summary>
    /// The server's place, with the settings applied. A port together with localhost means TCP, as on the command line
    /// of MariaDB's client, because a socket needs no port.
    /// </summary>
    private static ServerPlace Place(Settings settings, ServerPlace ofFile)
    {
        // The stronger source counts: a socket on the command line overrides a host in the file.
        var (byHost, bySocket) = (settings.Strength("host"), settings.Strength("socket"));
        if (byHost > 0 && byHost == bySocket)
        {
            throw new FormatException("--host and --socket exclude each other: give one of them");
        }

        var namesPort = settings.Strength("port") > 0;
        var place = namesPort ? ofFile with { Port = settings.Port("port") } : ofFile;
        return byHost > bySocket && settings.Text("host") is { Length: > 0 } host
                ? place with { Host = host, WantsTcp = place.WantsTcp || namesPort }
            : settings.Text("socket") is { Length: > 0 } socket
                ? new ServerPlace(socket)
            : place;
    }

    /// <summary>The credentials file; null if none.</summary>
    public static string? CredentialsFile(Settings settings) =>
        settings.Text("defaults-extra-file") is { Length: > 0 } named ? named
        : ClientDefaults.DefaultFiles.FirstOrDefault(file =>
            FileLook.At(file) is var look && (look.IsThere || (look.Trouble is not null && !look.IsDenied)));

    /// <summary>The server's place, for people, without credentials.</summary>
    public static string Words(MySqlConnectionStringBuilder server) =>
        server.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket
            ? server.Server
            : string.Create(CultureInfo.InvariantCulture, $"{server.Server}:{server.Port}");

    /// <summary>Prints a warning for a person who checks the credentials.</summary>
    public static void Warn(string line) => Console.Error.WriteLine($"galeragate: {line}");

    private static void MustResolve(string host)
    {
        try
        {
            _ = Dns.GetHostAddresses(host);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new UnavailableException($"the host '{host}' is not known: {e.Message}", e);
        }
    }
}
