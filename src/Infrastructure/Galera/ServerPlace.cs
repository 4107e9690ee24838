using System.Globalization;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Where the server is, as its own clients understand it: no host and the host localhost both mean the unix socket,
/// unless TCP is asked for.
/// </summary>
/// <param name="Socket">The unix socket, for when it is meant.</param>
public sealed record ServerPlace(string Socket)
{
    /// <summary>In this spelling alone, as the clients compare it: LOCALHOST is a name like any other.</summary>
    public const string LocalHost = "localhost";

    private const ushort UsualPort = 3306;

    private static readonly string[] Protocols = ["TCP", "SOCKET"];

    public string Host { get; init; } = LocalHost;

    public ushort Port { get; init; } = UsualPort;

    /// <summary>TCP is asked for, also to localhost.</summary>
    public bool WantsTcp { get; init; }

    public bool IsSocket => !WantsTcp && Host == LocalHost;

    /// <summary>What the options of a my.cnf make of it.</summary>
    /// <exception cref="FormatException">A value cannot be used; the message is one line for people.</exception>
    public ServerPlace With(IReadOnlyDictionary<string, string> options) => this with
    {
        Host = options.GetValueOrDefault("host") is { Length: > 0 } host ? host : Host,
        Socket = options.GetValueOrDefault("socket") is { Length: > 0 } socket ? socket : Socket,
        Port = options.TryGetValue("port", out var port) ? PortOf(port) : Port,
        WantsTcp = options.TryGetValue("protocol", out var protocol) ? IsTcp(protocol) : WantsTcp,
    };

    /// <summary>
    /// Puts it into a connection string. Over a socket a certificate's chain is checked and no name: the socket's path
    /// is not one.
    /// </summary>
    public void Put(MySqlConnectionStringBuilder server)
    {
        if (IsSocket)
        {
            (server.ConnectionProtocol, server.Server) = (MySqlConnectionProtocol.UnixSocket, Socket);
            server.SslMode = server.SslMode == MySqlSslMode.VerifyFull ? MySqlSslMode.VerifyCA : server.SslMode;
        }
        else
        {
            (server.ConnectionProtocol, server.Server, server.Port) = (MySqlConnectionProtocol.Sockets, Host, Port);
        }
    }

    private static ushort PortOf(string port) =>
        ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException(
                $"port in the credentials file must be from 1 to 65535, not '{DefaultsFile.Shown(port)}'");

    /// <summary>The clients take the names in any case and cut short; the others they have are of Windows.</summary>
    private static bool IsTcp(string protocol) =>
        Array.Find(
            Protocols,
            name => protocol.Length > 0 && name.StartsWith(protocol, StringComparison.OrdinalIgnoreCase)) switch
        {
            { } known => known == "TCP",
            null => throw new FormatException(
                $"protocol in the credentials file is TCP or SOCKET, not '{DefaultsFile.Shown(protocol)}'"),
        };
}
