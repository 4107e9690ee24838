using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

/// <summary>
/// How the probe's account may authenticate. No server with caching_sha2_password is available here, so MySQL 8's part
/// is scripted.
/// </summary>
public sealed class AuthenticationTests : IDisposable
{
    private const string Password = "it's \"quoted\"; ünï";

    private readonly string _folder = Directory.CreateTempSubdirectory("gg-auth").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>
    /// A server that has not cached the password asks for it. MySQL 8 enables TLS by default and offers it on its
    /// socket too.
    /// </summary>
    [Theory]
    [InlineData("socket")]
    [InlineData("TCP")]
    public async Task Caching_sha2_password_works_over_the_socket_and_over_TLS(string way)
    {
        var path = Path.Combine(_folder, "server.sock");
        using var certificate = Certificate();
        var shown = "";
        EndPoint at = way == "socket" ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, 0);
        using var node = new ScriptedGaleraNode(at, stream =>
        {
            ScriptedServer.Send(stream, 0, ScriptedServer.Greeting(Nonce(), "caching_sha2_password", hasTls: true));
            _ = ScriptedServer.Receive(stream);
            var secure = new SslStream(stream);
            secure.AuthenticateAsServer(certificate);
            _ = ScriptedServer.Receive(secure);
            ScriptedServer.Send(secure, 3, 1, 4);
            shown = Encoding.UTF8.GetString(ScriptedServer.Receive(secure)).TrimEnd('\0');
            ScriptedServer.Send(secure, 5, 0, 0, 0, 2, 0, 0, 0);
            return secure;
        });

        var seen = await ObserveAsync(way == "socket" ? Socket(path) : Tcp(node.Port, MySqlSslMode.Required));

        Assert.Equal((ProbeError.None, Password), (seen.Error, shown));
    }

    /// <summary>
    /// The connector treats a socket without TLS as an insecure channel; MySQL's own client does not.
    /// </summary>
    [Fact]
    public async Task Caching_sha2_password_without_TLS_is_a_misconfigured_probe_and_shows_no_password()
    {
        var path = Path.Combine(_folder, "server.sock");
        var said = "";
        using var node = new ScriptedGaleraNode(new UnixDomainSocketEndPoint(path), stream =>
        {
            _ = Begin(stream);
            ScriptedServer.Send(stream, 2, 1, 4);
            said = Encoding.UTF8.GetString(ScriptedServer.Receive(stream));
            return stream;
        });

        var seen = await ObserveAsync(Socket(path));

        Assert.Equal(ProbeError.AccessDenied, seen.Error);
        Assert.DoesNotContain("quoted", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secret", ProbeError.None)]
    [InlineData("wrong", ProbeError.AccessDenied)]
    public async Task A_cached_password_is_verified_without_being_sent(string password, ProbeError error)
    {
        using var node = new ScriptedGaleraNode(new IPEndPoint(IPAddress.Loopback, 0), stream =>
        {
            var answer = Begin(stream);
            var userEnd = Array.IndexOf(answer, (byte)0, 32);
            var scramble = answer.AsSpan(userEnd + 2, answer[userEnd + 1]).ToArray();
            var once = SHA256.HashData("secret"u8);
            var mask = SHA256.HashData([.. SHA256.HashData(once), .. Nonce()]);
            if (scramble.SequenceEqual(once.Zip(mask, (a, b) => (byte)(a ^ b))))
            {
                ScriptedServer.Send(stream, 2, 1, 3);
                ScriptedServer.Send(stream, 3, 0, 0, 0, 2, 0, 0, 0);
            }
            else
            {
                ScriptedServer.Send(stream, 2, [0xff, 0x15, 0x04, .. "#28000Access denied"u8]);
            }

            return stream;
        });

        var server = Tcp(node.Port, MySqlSslMode.None);
        server.Password = password;
        var seen = await ObserveAsync(server);

        Assert.Equal(error, seen.Error);
    }

    [Fact]
    public async Task An_account_with_client_ed25519_gets_one_line_that_says_what_to_use()
    {
        using var server = PlainServer.Start("--plugin-load-add=auth_ed25519");
        server.Sql("CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('secret')");

        var account = Socket(server.Socket);
        account.UserID = "ed";
        var seen = await ObserveAsync(account);

        Assert.Equal(ProbeError.AccessDenied, seen.Error);
        Assert.Equal(
            "the account authenticates with client_ed25519, which galeragate does not support: use "
            + "mysql_native_password, "
            + "caching_sha2_password or unix_socket",
            seen.ErrorDetail);
    }

    [Fact]
    public async Task TLS_that_is_missing_or_not_trusted_is_a_misconfigured_probe()
    {
        using var bare = PlainServer.Start("--ssl=0");
        Assert.Equal(ProbeError.AccessDenied, (await ObserveAsync(Tcp(bare.Port, MySqlSslMode.Required))).Error);

        var (options, _) = PlainServer.MakeCertificate(Path.Combine(_folder, "tls"));
        Shell.Run("chmod", ["a+rx", _folder]);
        using var secure = PlainServer.Start(options);
        var seen = await ObserveAsync(Tcp(secure.Port, MySqlSslMode.VerifyFull));
        Assert.True(seen.Error == ProbeError.AccessDenied, $"{seen.Error} {seen.ErrorDetail}");
    }

    private static MySqlConnectionStringBuilder Tcp(int port, MySqlSslMode mode) =>
        new() { Server = "localhost", Port = (uint)port, UserID = "probe", Password = Password, SslMode = mode };

    private static MySqlConnectionStringBuilder Socket(string path) =>
        new()
        {
            Server = path,
            ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
            UserID = "probe",
            Password = Password,
        };

    private static async Task<Observation> ObserveAsync(MySqlConnectionStringBuilder server)
    {
        await using var probe = new GaleraProbe(server, TimeSpan.FromSeconds(10), () => ServerMode.Galera);
        return await probe.ObserveAsync(CancellationToken.None);
    }

    private static byte[] Nonce() => [.. Enumerable.Range(1, 20).Select(i => (byte)i)];

    private static byte[] Begin(Stream stream)
    {
        ScriptedServer.Send(stream, 0, ScriptedServer.Greeting(Nonce(), "caching_sha2_password"));
        return ScriptedServer.Receive(stream);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
