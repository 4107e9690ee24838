using System.Data.Common;
using System.Globalization;

namespace MySqlConnector;

/// <summary>How the server is reached.</summary>
public enum MySqlConnectionProtocol
{
    Sockets = 1,
    UnixSocket = 3,
}

/// <summary>How TLS is used.</summary>
public enum MySqlSslMode
{
    None,

    /// <summary>Where the server offers it, over TCP.</summary>
    Preferred,

    /// <summary>Always; the certificate is not checked.</summary>
    Required,

    /// <summary>Always; certificate and host name are checked.</summary>
    VerifyFull = 4,
}

/// <summary>The options of a connection.</summary>
public sealed class MySqlConnectionStringBuilder : DbConnectionStringBuilder
{
    public MySqlConnectionStringBuilder()
    {
    }

    public MySqlConnectionStringBuilder(string connectionString) => ConnectionString = connectionString;

    /// <summary>A host name or address, or with UnixSocket the socket's path.</summary>
    public string Server { get => Get("Server", ""); set => this["Server"] = value; }

    public uint Port { get => Get("Port", 3306u); set => this["Port"] = value; }

    public string UserID { get => Get("User ID", ""); set => this["User ID"] = value; }

    public string Password { get => Get("Password", ""); set => this["Password"] = value; }

    public MySqlConnectionProtocol ConnectionProtocol
    {
        get => Enum.Parse<MySqlConnectionProtocol>(Get("Connection Protocol", nameof(MySqlConnectionProtocol.Sockets)));
        set => this["Connection Protocol"] = value;
    }

    public MySqlSslMode SslMode
    {
        get => Enum.Parse<MySqlSslMode>(Get("SSL Mode", nameof(MySqlSslMode.Preferred)));
        set => this["SSL Mode"] = value;
    }

    /// <summary>A PEM file of the authorities that may sign the server's certificate.</summary>
    public string SslCa { get => Get("SSL CA", ""); set => this["SSL CA"] = value; }

    public string SslCert { get => Get("SSL Cert", ""); set => this["SSL Cert"] = value; }

    public string SslKey { get => Get("SSL Key", ""); set => this["SSL Key"] = value; }

    /// <summary>Accepted; the stand-in never pools.</summary>
    public bool Pooling { get => Get("Pooling", true); set => this["Pooling"] = value; }

    /// <summary>Seconds in which a connection must be made; 0 for no limit.</summary>
    public uint ConnectionTimeout { get => Get("Connection Timeout", 15u); set => this["Connection Timeout"] = value; }

    /// <summary>Seconds in which a command must be answered; 0 for no limit.</summary>
    public uint DefaultCommandTimeout { get => Get("Default Command Timeout", 30u); set => this["Default Command Timeout"] = value; }

    /// <summary>Only -1 is offered: a cancelled command closes its connection and sends no KILL QUERY.</summary>
    public int CancellationTimeout { get => Get("Cancellation Timeout", 2); set => this["Cancellation Timeout"] = value; }

    public string ApplicationName { get => Get("Application Name", ""); set => this["Application Name"] = value; }

    private T Get<T>(string name, T fallback) =>
        TryGetValue(name, out var value) ? (T)Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture) : fallback;
}
