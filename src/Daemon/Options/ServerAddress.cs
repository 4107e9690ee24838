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
    /// Where it is after what the settings say. A port named there with localhost means TCP, as on the command line of
    /// MariaDB's client: nobody names a port for a socket.
    /// </summary>
    private static ServerPlace Place(Settings settings, ServerPlace ofFile)
    {
        // Of the two the stronger counts: a socket on the command line goes before a host in the file.
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
