using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MySqlConnector.Protocol;

/// <summary>
/// One connection: greeting, TLS, authentication, and statements with their answers. Everything waits on the socket alone, with the caller's token and
/// the limit at once; a wait that ends closes the connection, so nothing of it is left behind.
/// </summary>
internal sealed class Session : IDisposable
{
    /// <summary>An answer has a few columns; one that claims more than this is no answer.</summary>
    private const ulong MaxColumns = 4096;

    private const ushort MoreResults = 0x0008;

    private static readonly TimeSpan GoodbyeLimit = TimeSpan.FromMilliseconds(100);

    private Socket? _socket;
    private Stream? _stream;
    private X509Certificate2? _certificate;
    private Packets _packets = null!;
    private bool _hasRows;
    private bool _more;

    public bool IsBroken { get; private set; }

    public int FieldCount { get; private set; }

    /// <summary>The names of the columns of the answer that is being read.</summary>
    public string[] FieldNames { get; private set; } = [];

    public int RecordsAffected { get; private set; }

    public string ServerVersion { get; private set; } = "";

    public Task ConnectAsync(MySqlConnectionStringBuilder options, TimeSpan limit, CancellationToken cancellationToken) => LimitAsync(
        async token =>
        {
            try
            {
                await OpenSocketAsync(options, token);
                await AuthenticateAsync(options, token);
            }
            catch (AuthenticationException e)
            {
                throw new MySqlException((int)MySqlErrorCode.UnableToConnectToHost, null, "SSL Authentication Error", e);
            }
            catch (Exception e) when (e is SocketException or IOException or InvalidDataException or ArgumentException or CryptographicException)
            {
                throw new MySqlException((int)MySqlErrorCode.UnableToConnectToHost, null, $"Unable to connect to any of the specified MySQL hosts: {e.Message}", e);
            }

            return true;
        },
        limit, MySqlErrorCode.UnableToConnectToHost, "Connect Timeout expired.", cancellationToken);

    /// <summary>Sends statements and reads the head of the first answer.</summary>
    public Task QueryAsync(string statements, TimeSpan limit, CancellationToken cancellationToken) => ExchangeAsync(
        async token =>
        {
            const byte Query = 3;
            _packets.Begin();
            await _packets.WriteAsync((byte[])[Query, .. Encoding.UTF8.GetBytes(statements)], token);
            await ReadHeadAsync(token);
            return true;
        },
        limit, cancellationToken);

    /// <summary>The next row of this answer; null behind the last.</summary>
    public Task<string?[]?> ReadRowAsync(TimeSpan limit, CancellationToken cancellationToken) => _hasRows
        ? ExchangeAsync(
            async token =>
            {
                var payload = await _packets.ReadAsync(token);
                if (IsEnd(payload.Span))
                {
                    TakeEnd(payload.Span);
                    _hasRows = false;
                    return null;
                }

                return IsError(payload.Span) ? throw Error(payload.Span) : Row(payload.Span);
            },
            limit, cancellationToken)
        : Task.FromResult<string?[]?>(null);

    /// <summary>Goes on to the head of the next answer; false where there is none.</summary>
    public Task<bool> NextAsync(TimeSpan limit, CancellationToken cancellationToken) => _more
        ? ExchangeAsync(
            async token =>
            {
                await ReadHeadAsync(token);
                return true;
            },
            limit, cancellationToken)
        : Task.FromResult(false);

    /// <summary>Says goodbye, so that the server does not count an aborted client; waits for nobody.</summary>
    public async Task QuitAsync()
    {
        const byte Quit = 1;
        if (!IsBroken && !_hasRows && !_more)
        {
            using var limit = new CancellationTokenSource(GoodbyeLimit);
            try
            {
                _packets.Begin();
                await _packets.WriteAsync((byte[])[Quit], limit.Token);
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // It is gone already.
            }
        }

        Dispose();
    }

    public void Dispose()
    {
        IsBroken = true;
        _stream?.Dispose();
        _socket?.Dispose();
        _certificate?.Dispose();
    }

    private static bool IsError(ReadOnlySpan<byte> payload) => payload.Length > 0 && payload[0] == 0xff;

    private static bool IsEnd(ReadOnlySpan<byte> payload) => payload.Length is > 0 and < 9 && payload[0] == 0xfe;

    /// <summary>An error packet; one that comes before the greeting has no SQL state in it.</summary>
    private static MySqlException Error(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        _ = reader.Byte();
        var number = reader.Short();
        var text = Encoding.UTF8.GetString(reader.Rest());
        return text.Length >= 6 && text[0] == '#' ? new MySqlException(number, text[1..6], text[6..]) : new MySqlException(number, null, text);
    }

    private async Task OpenSocketAsync(MySqlConnectionStringBuilder options, CancellationToken cancellationToken)
    {
        if (options.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket)
        {
            _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await _socket.ConnectAsync(new UnixDomainSocketEndPoint(options.Server), cancellationToken);
        }
        else
        {
            // Every address of the name in turn, as getaddrinfo orders them.
            var addresses = await Dns.GetHostAddressesAsync(options.Server, cancellationToken);
            _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await _socket.ConnectAsync(addresses, (int)options.Port, cancellationToken);
        }

        _stream = new NetworkStream(_socket);
        _packets = new Packets(_stream);
    }

    private async Task AuthenticateAsync(MySqlConnectionStringBuilder options, CancellationToken cancellationToken)
    {
        var first = await _packets.ReadAsync(cancellationToken);
        var greeting = IsError(first.Span) ? throw Error(first.Span) : Greeting.Read(first.Span);
        ServerVersion = greeting.ServerVersion;
        var isUnixSocket = options.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket;
        var mode = isUnixSocket && options.SslMode == MySqlSslMode.Preferred ? MySqlSslMode.None : options.SslMode;
        var useTls = mode != MySqlSslMode.None && greeting.Capabilities.HasFlag(Capabilities.Tls);
        if (mode >= MySqlSslMode.Required && !useTls)
        {
            throw new AuthenticationException("Server does not support SSL");
        }

        var capabilities = greeting.Capabilities & (Capabilities.LongPassword | Capabilities.Protocol41 | Capabilities.Transactions
            | Capabilities.SecureConnection | Capabilities.MultiStatements | Capabilities.MultiResults | Capabilities.PluginAuth | Capabilities.ConnectAttributes);
        if (useTls)
        {
            capabilities |= Capabilities.Tls;
            await _packets.WriteAsync(Greeting.TlsRequest(capabilities), cancellationToken);
            await StartTlsAsync(options, mode, cancellationToken);
        }

        var method = greeting.Method.Length > 0 ? greeting.Method : Scramble.NativePassword;
        var nonce = greeting.Nonce;

        // Where the server's usual method is not known here the account may still have another: it says so by a switch.
        var scramble = Scramble.Answer(method, options.Password, nonce) ?? [];
        await _packets.WriteAsync(Greeting.Answer(capabilities, options.UserID, scramble, method, options.ApplicationName), cancellationToken);
        while (true)
        {
            var payload = await _packets.ReadAsync(cancellationToken);
            switch (payload.Length > 0 ? payload.Span[0] : throw new InvalidDataException("the server sends an empty packet"))
            {
                case 0x00:
                    return;
                case 0xff:
                    throw Error(payload.Span);
                case 0xfe:
                    (method, nonce) = Switch(payload.Span);
                    var answer = Scramble.Answer(method, options.Password, nonce)
                        ?? throw new NotSupportedException($"Authentication method '{method}' is not supported.");
                    await _packets.WriteAsync(answer, cancellationToken);
                    break;
                case 0x01 when method == Scramble.CachingSha2 && payload.Length == 2:
                    await GoOnAsync(payload.Span[1], options.Password, nonce, isPrivate: useTls || isUnixSocket, cancellationToken);
                    break;
                default:
                    throw new InvalidDataException("the server's packet is no part of an authentication");
            }
        }
    }

    /// <summary>caching_sha2_password: the server has the password cached, or wants to have it whole.</summary>
    private async Task GoOnAsync(byte what, string password, byte[] nonce, bool isPrivate, CancellationToken cancellationToken)
    {
        const byte Cached = 3;
        const byte WantsPassword = 4;
        const byte AskForKey = 2;
        if (what == WantsPassword && isPrivate)
        {
            await _packets.WriteAsync((byte[])[.. Encoding.UTF8.GetBytes(password), 0], cancellationToken);
        }
        else if (what == WantsPassword)
        {
            await _packets.WriteAsync((byte[])[AskForKey], cancellationToken);
            var key = await _packets.ReadAsync(cancellationToken);
            await _packets.WriteAsync(Scramble.Encrypt(password, nonce[..20], Encoding.ASCII.GetString(key.Span[1..])), cancellationToken);
        }
        else if (what != Cached)
        {
            throw new InvalidDataException("the server's packet is no part of caching_sha2_password");
        }
    }

    private static (string Method, byte[] Nonce) Switch(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        _ = reader.Byte();
        var method = reader.ZeroEnded();
        byte[] nonce = [.. reader.Rest()];
        return (method, nonce.Length > 0 && nonce[^1] == 0 && nonce.Length != 32 ? nonce[..^1] : nonce);
    }

    private async Task StartTlsAsync(MySqlConnectionStringBuilder options, MySqlSslMode mode, CancellationToken cancellationToken)
    {
        var tls = new SslStream(_stream!);
        _stream = tls;
        var authorities = options.SslCa.Length > 0 ? new X509Certificate2Collection() : null;
        authorities?.ImportFromPemFile(options.SslCa);
        var client = new SslClientAuthenticationOptions
        {
            TargetHost = options.Server,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => mode != MySqlSslMode.VerifyFull || IsTrusted(certificate, errors, authorities),
        };
        if (options.SslCert.Length > 0)
        {
            _certificate = X509Certificate2.CreateFromPemFile(options.SslCert, options.SslKey.Length > 0 ? options.SslKey : null);
            client.ClientCertificates = [_certificate];
        }

        await tls.AuthenticateAsClientAsync(client, cancellationToken);
        _packets = _packets.Over(tls);
    }

    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors, X509Certificate2Collection? authorities)
    {
        if (authorities is null || certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return errors == SslPolicyErrors.None;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using var checking = new X509Certificate2(certificate);
        return chain.Build(checking);
    }

    private async Task ReadHeadAsync(CancellationToken cancellationToken)
    {
        var payload = await _packets.ReadAsync(cancellationToken);
        if (IsError(payload.Span))
        {
            (_more, _hasRows, FieldCount) = (false, false, 0);
            throw Error(payload.Span);
        }

        if (payload.Length > 0 && payload.Span[0] == 0x00)
        {
            TakeOk(payload.Span);
            return;
        }

        var columns = ColumnCount(payload.Span);
        var names = new string[columns];
        for (var i = 0; i < columns; i++)
        {
            names[i] = ColumnName((await _packets.ReadAsync(cancellationToken)).Span);
        }

        payload = await _packets.ReadAsync(cancellationToken);
        _ = IsEnd(payload.Span) ? true : throw new InvalidDataException("the server's answer has no end of columns");
        (FieldCount, FieldNames, RecordsAffected, _hasRows) = (columns, names, -1, true);
    }

    /// <summary>The fifth of a column's words, behind its catalogue, schema, table and original table.</summary>
    private static string ColumnName(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        for (var i = 0; i < 4; i++)
        {
            _ = reader.Text();
        }

        return reader.Text() ?? "";
    }

    private static int ColumnCount(ReadOnlySpan<byte> payload)
    {
        // The mark for NULL asks for a local file here: it is never given.
        var count = new PayloadReader(payload).Length();
        return count is > 0 and <= MaxColumns ? (int)count : throw new InvalidDataException("the server's answer has no columns");
    }

    private void TakeOk(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        _ = reader.Byte();
        RecordsAffected = (int)Math.Min(reader.Length() ?? 0, int.MaxValue);
        _ = reader.Length();
        (_more, _hasRows, FieldCount) = ((reader.Short() & MoreResults) != 0, false, 0);
    }

    private void TakeEnd(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        _ = reader.Bytes(3);
        _more = (reader.Short() & MoreResults) != 0;
    }

    private string?[] Row(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var row = new string?[FieldCount];
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = reader.Text();
        }

        return row;
    }

    /// <summary>What breaks in an exchange breaks the connection; an error that the server sends does not.</summary>
    private Task<T> ExchangeAsync<T>(Func<CancellationToken, Task<T>> exchange, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("Connection must be Open; current State is Closed");
        }

        return LimitAsync(
            async token =>
            {
                try
                {
                    return await exchange(token);
                }
                catch (Exception e) when (e is SocketException or IOException or InvalidDataException)
                {
                    Dispose();
                    throw new MySqlException(0, null, $"Failed to read the result set: {e.Message}", e);
                }
            },
            limit, MySqlErrorCode.CommandTimeoutExpired, "The Command Timeout expired before the operation completed.", cancellationToken);
    }

    private async Task<T> LimitAsync<T>(
        Func<CancellationToken, Task<T>> work, TimeSpan limit, MySqlErrorCode expired, string words, CancellationToken cancellationToken)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            return await ClosingAsync(work, cancellationToken);
        }

        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            return await ClosingAsync(work, limited.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MySqlException((int)expired, null, words, e);
        }
    }

    private async Task<T> ClosingAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await work(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Dispose();
            throw;
        }
    }
}
