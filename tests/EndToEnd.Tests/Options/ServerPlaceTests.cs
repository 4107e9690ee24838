using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>How the command line and the file together determine the server's address.</summary>
public sealed class ServerPlaceTests : IDisposable
{
    private const string Reached = "unfit: wsrep-off (node Unknown)";

    private readonly LabHost _host = new();
    private readonly PlainServer _server = PlainServer.Start();

    public ServerPlaceTests() => _server.Sql("""
        CREATE USER local@localhost IDENTIFIED BY 'x';
        CREATE USER remote@'127.0.0.1' IDENTIFIED BY 'x';
        """);

    public void Dispose()
    {
        _server.Dispose();
        _host.Dispose();
    }

    [Theory]
    [InlineData("local", "host=localhost", "")]
    [InlineData("local", "", "--host localhost")]
    [InlineData("local", "host=no.such.host.invalid", "--host localhost")]
    [InlineData("local", "host=127.0.0.1\nport=PORT", "--socket SOCKET")]
    [InlineData("remote", "protocol=tcp\nport=PORT", "--host localhost")]
    [InlineData("remote", "", "--host localhost --port PORT")]
    [InlineData("remote", "port=PORT", "--host 127.0.0.1")]
    [InlineData("remote", "port=1", "--host 127.0.0.1 --port PORT")]
    [InlineData("remote", "host=127.0.0.1\nport=1", "--port PORT")]
    public void The_server_is_found_as_its_own_client_finds_it(string account, string file, string arguments)
    {
        var credentials = Path.Combine(_host.Folder, "my.cnf");
        File.WriteAllText(credentials, Filled($"[client]\nuser={account}\npassword=x\nsocket=SOCKET\n{file}\n"));
        Shell.Run("chmod", ["600", credentials]);

        var (exitCode, output, error) = Shell.Try(
            GateDaemon.Binary,
            [
                "check", "--probe-timeout", "30s", "--defaults-extra-file", credentials,
                .. Filled(arguments).Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ]);

        Assert.Equal((1, Reached), (exitCode, output.Split('\n')[0]));
        Assert.Equal("", error);
    }

    private string Filled(string text) =>
        text
            .Replace("SOCKET", _server.Socket, StringComparison.Ordinal)
            .Replace("PORT", $"{_server.Port}", StringComparison.Ordinal);
}
