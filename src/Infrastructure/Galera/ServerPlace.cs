using System.Globalization;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Where the server is, by the rules of its own clients: no host and the host localhost both mean the unix socket,
/// unless TCP is requested.
/// </summary>
/// <param name="Socket">The unix socket to use in that case.</param>
public sealed record ServerPlace(string Socket)
{
    /// <summary>Only in this spelling, as the clients compare it: LOCALHOST is an ordinary name.</summary>
    public const string LocalHost = "localhost";

    private const ushort UsualPort = 3306;

    private static readonly string[] Protocols = ["TCP", "SOCKET"];

    public string Host { get; init; } = LocalHost;

    public ushort Port { get; init; } = UsualPort;

    /// <summary>TCP is requested, even to localhost.</summary>
    public bool WantsTcp { get; init; }

    public bool IsSocket => !WantsTcp && Host == LocalHost;

    /// <summary>Applies the options of a my.cnf.</summary>
    /// <exception cref="FormatException">A value is not usable; the message is one line for people.</exception>
    public ServerPlace With(IReadOnlyDictionary<string, string> options) => this with
    {
        Host = options.GetValueOrDefault("host") is { Length: > 0 } host ? host : Host,
        Socket = options.GetValueOrDefault("socket") is { Length: > 0 } socket ? socket : Socket,
        Port = options.TryGetValue("port", out var port) ? PortOf(port) : Port,
        WantsTcp = options.TryGetValue("protocol", out var protocol) ? IsTcp(protocol) : WantsTcp,
    };

    /// <summary>
    /// Puts it into a connection string. Over a socket the certificate's chain is checked but not its name, because the
    /// path of a socket is not a host name.
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

    /// <summary>
    /// The clients accept these names case-insensitively and abbreviated; their other protocols exist only on Windows.
    /// </summary>
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
