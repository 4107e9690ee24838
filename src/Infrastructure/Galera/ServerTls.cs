using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// TLS to the server as its own clients do it. The connector checks no certificate over a unix socket, and reports a
/// bad certificate file as an unreachable server. So the files are read and the chain is checked here. Each connect
/// reads them again, because certificates are renewed.
/// </summary>
internal static class ServerTls
{
    private static readonly Oid OfServers = new("1.3.6.1.5.5.7.3.1");

    /// <summary>A connection, not yet open, that authenticates both sides as the options require.</summary>
    public static MySqlConnection Connection(string options)
    {
        var asked = new MySqlConnectionStringBuilder(options);
        var isVerified = asked.SslMode is MySqlSslMode.VerifyCA or MySqlSslMode.VerifyFull;
        var connection = new MySqlConnection(new MySqlConnectionStringBuilder(options)
        {
            SslMode = isVerified ? MySqlSslMode.Required : asked.SslMode,
            SslCa = "",
            SslCert = "",
            SslKey = "",
        }.ConnectionString);
        if (isVerified)
        {
            connection.RemoteCertificateValidationCallback = (_, certificate, sent, errors) =>
                IsGenuine(certificate, sent, errors, asked);
        }

        if (asked.SslCert.Length > 0)
        {
            connection.ProvideClientCertificatesCallback = certificates =>
            {
                _ = certificates.Add(Own(asked));
                return ValueTask.CompletedTask;
            };
        }

        return connection;
    }

    /// <exception cref="AuthenticationException">It is not; the message says why.</exception>
    private static bool IsGenuine(
        X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, MySqlConnectionStringBuilder asked)
    {
        var isChained = asked.SslCa.Length > 0
            ? certificate is X509Certificate2 its && IsSignedBy(Authorities(asked.SslCa), its, sent)
            : !errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors);
        if (!isChained)
        {
            throw new AuthenticationException(
                $"the server's certificate is not signed by {(asked.SslCa is { Length: > 0 } file ? file : System)}");
        }

        var isNamed = asked.SslMode != MySqlSslMode.VerifyFull
            || !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
        return isNamed
            ? true
            : throw new AuthenticationException($"the server's certificate does not name the host {asked.Server}");
    }

    private const string System = "an authority that this host trusts";

    private static bool IsSignedBy(
        X509Certificate2Collection authorities, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        (policy.TrustMode, policy.RevocationMode) = (X509ChainTrustMode.CustomRootTrust, X509RevocationMode.NoCheck);
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(OfServers);
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            _ = policy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate);
    }

    private static X509Certificate2Collection Authorities(string file) => Read("ssl-ca", file, () =>
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("no certificate is in it");
    });

    private static X509Certificate2 Own(MySqlConnectionStringBuilder asked) => Read(
        "ssl-cert",
        asked.SslCert,
        () => X509Certificate2.CreateFromPemFile(asked.SslCert, asked.SslKey is { Length: > 0 } key ? key : null));

    private static T Read<T>(string option, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AuthenticationException($"{option} {file} cannot be used: {e.Message}", e);
        }
    }
}
