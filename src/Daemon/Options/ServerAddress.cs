using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using MySqlConnector;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Where the server is and who asks it: the command line first, then the credentials file, then what is usual.
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

    /// <param name="secretFile">Told of each file that a password stands in; null: one that everybody can read is an
    /// error.</param>
    /// <exception cref="FormatException">The file cannot be read or the host is not known; the message is one line for
    /// people and holds no secret.</exception>
    public static MySqlConnectionStringBuilder Of(Settings settings, Action<string>? secretFile = null)
    {
        var server = new MySqlConnectionStringBuilder
        {
            ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
            Server = UsualSockets.FirstOrDefault(File.Exists, UsualSockets[0]),
            UserID = Environment.UserName,
        };
        if (CredentialsFile(settings) is { } file)
        {
            ClientDefaults.Apply(
                ClientDefaults.Read(file, secretFile ?? (secret => SecretFile.MustBePrivate(secret, settings)), Warn),
                server);
        }

        // Of the two the stronger counts: a socket on the command line goes before a host in the file.
        var (byHost, bySocket) = (settings.Strength("host"), settings.Strength("socket"));
        if (byHost > 0 && byHost == bySocket)
        {
            throw new FormatException("--host and --socket exclude each other: give one of them");
        }

        if (byHost > bySocket && settings.Text("host") is { Length: > 0 } host)
        {
            server.ConnectionProtocol = MySqlConnectionProtocol.Sockets;
            server.Server = host;
            server.Port = settings.Port("port");
        }
        else if (settings.Text("socket") is { Length: > 0 } socket)
        {
            server.ConnectionProtocol = MySqlConnectionProtocol.UnixSocket;
            server.Server = socket;
        }

        if (server.ConnectionProtocol == MySqlConnectionProtocol.Sockets)
        {
            MustResolve(server.Server);
        }

        return server;
    }

    /// <summary>The file that holds the credentials; null where there is none.</summary>
    public static string? CredentialsFile(Settings settings) =>
        settings.Text("defaults-extra-file") is { Length: > 0 } named ? named
        : ClientDefaults.DefaultFiles.FirstOrDefault(file =>
            FileLook.At(file) is var look && (look.IsThere || (look.Trouble is not null && !look.IsDenied)));

    /// <summary>Where it is, for people; nothing about who asks.</summary>
    public static string Words(MySqlConnectionStringBuilder server) =>
        server.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket
            ? server.Server
            : string.Create(CultureInfo.InvariantCulture, $"{server.Server}:{server.Port}");

    /// <summary>What does not stop the program, and what whoever looks for the credentials must see.</summary>
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
