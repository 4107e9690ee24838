using System.Globalization;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>
/// A real server whose certificate names only localhost, and accounts that show where a client came from.
/// </summary>
public sealed class ServerWithCertificates : IDisposable
{
    private readonly LabHost _host = new();

    public ServerWithCertificates()
    {
        Shell.Run("chmod", ["a+rx", _host.Folder]);
        var certificates = new Certificates(Path.Combine(_host.Folder, "tls"));
        var (certificate, key) = certificates.Sign("localhost");
        (ClientCertificate, ClientKey) = certificates.Sign("probe");
        (Authority, Stranger) = (certificates.Authority, certificates.Stranger());
        Server = PlainServer.Start(
            $"--ssl-ca={Authority}", $"--ssl-cert={certificate}", $"--ssl-key={key}");
        Server.Sql("""
            DELETE FROM mysql.global_priv WHERE User='';
            FLUSH PRIVILEGES;
            CREATE USER local@localhost IDENTIFIED BY 'x';
            CREATE USER remote@'127.0.0.1' IDENTIFIED BY 'x';
            CREATE USER either@'%' IDENTIFIED BY 'x';
            CREATE USER tls@'%' IDENTIFIED BY 'x' REQUIRE SSL;
            CREATE USER certified@'%' IDENTIFIED BY 'x' REQUIRE X509;
            """);
    }

    public PlainServer Server { get; }

    public string Authority { get; }

    public string Stranger { get; }

    public string ClientCertificate { get; }

    public string ClientKey { get; }

    public void Dispose()
    {
        Server.Dispose();
        _host.Dispose();
    }
}

/// <summary>
/// The same files, read here and by the installed server's own client. Each makes a real connection, and the test
/// compares the server it reaches, the account there, and whether the connection is encrypted.
/// </summary>
public sealed class ClientFilesTests(ServerWithCertificates one) : IClassFixture<ServerWithCertificates>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-files").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("user=local\nsocket=SOCKET")]
    [InlineData("user=local\nsocket=SOCKET\nhost=localhost")]
    [InlineData("user=local\nhost=localhost\nport=PORT\nsocket=SOCKET")]
    [InlineData("user=local\nsocket=SOCKET\nhost=")]
    [InlineData("user=remote\nsocket=SOCKET\nhost=localhost\nport=PORT\nprotocol=tcp")]
    [InlineData("user=remote\nsocket=SOCKET\nport=PORT\nprotocol=TCP")]
    [InlineData("user=remote\nsocket=SOCKET\nport=PORT\nprot=t")]
    [InlineData("user=local\nsocket=SOCKET\nport=PORT\nprotocol=Sock")]
    [InlineData("user=remote\nsocket=SOCKET\nhost=127.0.0.1\nport=PORT")]
    [InlineData("user=remote\nsocket=SOCKET\nhost=127.0.0.1\nport=PORT\nprotocol=socket")]
    [InlineData("user=remote\nsocket=SOCKET\nhost=LOCALHOST\nport=PORT")]
    [InlineData("user=local\nhost=127.0.0.1\nport=PORT")]
    [InlineData("user=tls\nsocket=SOCKET\nssl")]
    [InlineData("user=tls\nhost=127.0.0.1\nport=PORT\nssl-ca=AUTHORITY")]
    [InlineData("user=tls\nhost=127.0.0.1\nport=PORT\nssl-ca=STRANGER")]
    [InlineData("user=tls\nsocket=SOCKET\nssl-ca=STRANGER")]
    [InlineData("user=tls\nhost=localhost\nprotocol=tcp\nport=PORT\nssl-ca=AUTHORITY\nssl-verify-server-cert")]
    [InlineData("user=tls\nhost=127.0.0.1\nport=PORT\nssl-ca=AUTHORITY\nssl-verify-server-cert")]
    [InlineData("user=tls\nhost=127.0.0.1\nport=PORT\nssl-ca=AUTHORITY\nssl-verify-server-cert=0")]
    [InlineData("user=tls\nhost=localhost\nprotocol=tcp\nport=PORT\nssl-verify-server-cert")]
    [InlineData("user=tls\nsocket=SOCKET\nssl-ca=AUTHORITY\nssl-verify-server-cert")]
    [InlineData("user=certified\nsocket=SOCKET\nssl-ca=AUTHORITY")]
    [InlineData("user=certified\nsocket=SOCKET\nssl-ca=AUTHORITY\nssl-cert=CERTIFICATE\nssl-key=KEY")]
    [InlineData("user=certified\nhost=127.0.0.1\nport=PORT\nssl-cert=CERTIFICATE\nssl-key=KEY")]
    [InlineData("user=local\nsocket=SOCKET\nskip-ssl")]
    [InlineData("user=either\npassword=wrong\nsocket=SOCKET")]
    public async Task A_file_leads_to_the_same_server_as_for_the_servers_own_client(string options)
    {
        var file = Write(options);

        var theirs = Client(file);
        var (ours, error) = await ConnectAsync(file);

        Assert.True(
            (theirs is null) == (ours is null), $"the client: {theirs ?? "refused"}; here: {ours ?? error}");
        // Each client chooses whether to encrypt unless the file decides.
        Assert.Equal(theirs?.Split(' ')[0], ours?.Split(' ')[0]);
        Assert.True(!options.Contains("ssl-ca=A", StringComparison.Ordinal) || ours is null or [.., 'y'], ours);
    }

    /// <summary>Each option by name and value, as the client reports that it read it.</summary>
    [Theory]
    [InlineData("user = local # a comment\nsocket=\"SOCKET\"\nprotocol='tcp'")]
    [InlineData("loose-host=a\nHOST=b\nho=c\nport=77\n[mysqld]\nport=78\n[client-mariadb]\nssl_ca=/a\\sb.pem")]
    [InlineData("host=localhost\nssl-cert=/c.pem\nssl-key=/k.pem\nssl-verify-server-cert=0\n[client-server]\nhost=x")]
    public void Print_defaults_shows_the_same_options(string options)
    {
        var file = Write(options, password: "");

        var theirs = Shell
            .Run("mariadb", [$"--defaults-file={file}", "--print-defaults"])
            .TrimEnd()
            .Split('\n')[^1]
            .Split(" --", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(option => option.TrimStart('-').Split('=', 2))
            .Select(option => (Name: Whole(option[0]), Value: option.Length > 1 ? option[1] : ""));

        var last = theirs.GroupBy(option => option.Name).ToDictionary(group => group.Key, group => group.Last().Value);
        Assert.Equal(last.OrderBy(option => option.Key), ClientDefaults.Read(file).OrderBy(option => option.Key));

        static string Whole(string name) => name.ToLowerInvariant().Replace('_', '-').Replace("loose-", "") switch
        {
            "ho" => "host",
            var whole => whole,
        };
    }

    [Theory]
    [InlineData("host=localhost\nprotocol=tcp\nport=PORT\nssl-ca=AUTHORITY\nssl-mode=VERIFY_IDENTITY", true)]
    [InlineData("host=127.0.0.1\nport=PORT\nssl-ca=AUTHORITY\nssl-mode=VERIFY_IDENTITY", false)]
    [InlineData("host=127.0.0.1\nport=PORT\nssl-ca=AUTHORITY\nssl-mode=VERIFY_CA", true)]
    [InlineData("host=127.0.0.1\nport=PORT\nssl-ca=STRANGER\nssl-mode=VERIFY_CA", false)]
    [InlineData("host=127.0.0.1\nport=PORT\nssl-ca=STRANGER\nssl-mode=REQUIRED", true)]
    [InlineData("host=127.0.0.1\nport=PORT\nssl-ca=STRANGER\nssl-mode=DISABLED", false)]
    [InlineData("socket=SOCKET\nssl-ca=AUTHORITY\nssl-mode=VERIFY_IDENTITY", true)]
    [InlineData("socket=SOCKET\nssl-ca=STRANGER\nssl-mode=VERIFY_IDENTITY", false)]
    public async Task Ssl_mode_has_the_same_meaning_as_for_MySQLs_client(string options, bool connects)
    {
        var (seen, error) = await ConnectAsync(Write($"user=tls\n{options}"));

        Assert.True(connects == (seen is not null), seen ?? error);
    }

    /// <summary>An error on this side is a misconfigured probe; the server may be fine.</summary>
    [Theory]
    [InlineData("ssl-ca=/no/such/file.pem")]
    [InlineData("ssl-ca=GARBAGE")]
    [InlineData("ssl-ca=KEY")]
    [InlineData("ssl-cert=/no/such/file.pem\nssl-key=KEY")]
    [InlineData("ssl-cert=GARBAGE\nssl-key=KEY")]
    [InlineData("ssl-cert=CERTIFICATE\nssl-key=/no/such/file.pem")]
    [InlineData("ssl-cert=CERTIFICATE\nssl-key=GARBAGE")]
    [InlineData("ssl-cert=CERTIFICATE\nssl-key=OTHERKEY")]
    [InlineData("ssl-ca=STRANGER")]
    public async Task An_unusable_certificate_is_a_misconfigured_probe(string options)
    {
        foreach (var way in new[] { "socket=SOCKET", "host=127.0.0.1\nport=PORT" })
        {
            var (error, detail) = await ProbeAsync(Write($"user=either\n{way}\n{options}"));

            Assert.True(error == ProbeError.AccessDenied, $"{way}: {error} {detail}");
            Assert.NotEmpty(detail);
        }
    }

    [Fact]
    public async Task A_server_without_TLS_gets_no_password_if_TLS_is_requested()
    {
        using var plain = PlainServer.Start("--skip-ssl");
        plain.Sql("CREATE USER either@'%' IDENTIFIED BY 'x'");
        foreach (var asks in new[] { "ssl", $"ssl-ca={one.Authority}", "ssl-verify-server-cert", "ssl-mode=REQUIRED" })
        {
            var file = Path.Combine(_folder, "plain.cnf");
            File.WriteAllText(file, $"[client]\nuser=either\npassword=x\nsocket={plain.Socket}\n{asks}\n");

            Assert.Equal(ProbeError.AccessDenied, (await ProbeAsync(file)).Error);
        }
    }

    [Theory]
    [InlineData("protocol=pipe")]
    [InlineData("protocol=")]
    [InlineData("port=0")]
    public void An_impossible_server_address_is_refused(string option) =>
        Assert.Throws<FormatException>(() => new ServerPlace("/s").With(ClientDefaults.Read(Write(option))));

    private static MySqlConnectionStringBuilder Read(string file)
    {
        var (server, options) = (new MySqlConnectionStringBuilder(), ClientDefaults.Read(file));
        ClientDefaults.Apply(options, server);
        new ServerPlace("/no/such/socket").With(options).Put(server);
        return server;
    }

    /// <summary>
    /// The client's account on the server, and whether the connection is encrypted; null when it is refused.
    /// </summary>
    private static string? Client(string file)
    {
        var (exitCode, output, _) = Shell.Try("mariadb", [$"--defaults-file={file}", "-BN", "-e", Question]);
        return exitCode == 0 ? Answer(output.Trim().Replace('\t', '\n').Split('\n')) : null;
    }

    private const string Question = "SELECT USER(); SHOW SESSION STATUS LIKE 'Ssl_cipher'";

    private static string Answer(string[] values) => $"{values[0]} encrypted:{(values[^1].Length > 0 ? 'y' : 'n')}";

    private static async Task<(string? Answer, string Error)> ConnectAsync(string file)
    {
        try
        {
            return (await ServerConnection.AskAsync(Read(file), AskAsync, CancellationToken.None), "");
        }
        catch (Exception e) when (e is MySqlException or IOException)
        {
            return (null, e.Message);
        }
    }

    private static async Task<string> AskAsync(MySqlConnection connection)
    {
        await using var command = new MySqlCommand(Question, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string>();
        do
        {
            while (await reader.ReadAsync())
            {
                values.Add(
                    Convert.ToString(reader.GetValue(reader.FieldCount - 1), CultureInfo.InvariantCulture) ?? "");
            }
        }
        while (await reader.NextResultAsync());

        return Answer([.. values]);
    }

    private static async Task<(ProbeError Error, string Detail)> ProbeAsync(string file)
    {
        await using var probe = new GaleraProbe(Read(file), TimeSpan.FromSeconds(20), () => ServerMode.Galera);
        var seen = await probe.ObserveAsync(CancellationToken.None);
        return (seen.Error, seen.ErrorDetail ?? "");
    }

    private string Write(string options, string password = "password=x\n")
    {
        var garbage = Path.Combine(_folder, "garbage.pem");
        File.WriteAllText(garbage, "not a certificate\n");
        var file = Path.Combine(_folder, "my.cnf");
        var text = $"[client]\n{password}{options}\n"
            .Replace("SOCKET", one.Server.Socket, StringComparison.Ordinal)
            .Replace("PORT", one.Server.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("AUTHORITY", one.Authority, StringComparison.Ordinal)
            .Replace("STRANGER", one.Stranger, StringComparison.Ordinal)
            .Replace("CERTIFICATE", one.ClientCertificate, StringComparison.Ordinal)
            .Replace("OTHERKEY", Path.Combine(Path.GetDirectoryName(one.Authority)!, "localhost-key.pem"))
            .Replace("GARBAGE", garbage, StringComparison.Ordinal)
            .Replace("KEY", one.ClientKey, StringComparison.Ordinal);
        File.WriteAllText(file, text);
        return file;
    }
}
