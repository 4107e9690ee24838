using System.Diagnostics;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.PackageContracts.Tests;

/// <summary>A server with and one without TLS, with an account for each way to authenticate that MariaDB has.</summary>
public sealed class Servers : IDisposable
{
    private readonly LabHost _files = new();

    public Servers()
    {
        var (options, authority) = PlainServer.MakeCertificate(Path.Combine(_files.Folder, "tls"));
        Shell.Run("chmod", ["a+rx", _files.Folder]);
        Authority = authority;
        Secure = PlainServer.Start([.. options, "--plugin-load-add=auth_ed25519", "--max-connections=40"]);
        Secure.Sql("""
            CREATE USER native@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('it''s "quoted"; ünï');
            CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('secret');
            CREATE USER empty@'%';
            GRANT ALL ON *.* TO native@'%';
            """);
        Bare = PlainServer.Start("--ssl=0");
        Bare.Sql("CREATE USER native@'%' IDENTIFIED BY 'p'");
    }

    public PlainServer Secure { get; }

    public PlainServer Bare { get; }

    public string Authority { get; }

    public void Dispose()
    {
        Secure.Dispose();
        Bare.Dispose();
        _files.Dispose();
    }
}

public sealed class MySqlConnectorContract(Servers servers) : IClassFixture<Servers>
{
    private const string Password = "it's \"quoted\"; ünï";

    [Fact]
    public async Task Statements_come_back_one_answer_after_the_other()
    {
        await using var connection = await OpenAsync(Native());
        await using var command = new MySqlCommand("SELECT 'a', NULL UNION SELECT 'b', 'c'; DO 1; SELECT 2 AS n", connection);

        await using var reader = await command.ExecuteReaderAsync();
        Assert.Equal(2, reader.FieldCount);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(("a", true), (reader.GetString(0), reader.IsDBNull(1)));
        Assert.True(await reader.ReadAsync());
        Assert.Equal(("b", "c"), (reader.GetString(0), reader.GetString(1)));
        Assert.False(await reader.ReadAsync());
        Assert.True(await reader.NextResultAsync());
        Assert.Equal("n", reader.GetName(0));
        Assert.True(await reader.ReadAsync());
        Assert.False(await reader.NextResultAsync());
    }

    [Fact]
    public async Task A_connection_is_good_for_one_command_after_the_other_and_says_its_server()
    {
        await using var connection = await OpenAsync(Native());
        Assert.Contains("MariaDB", connection.ServerVersion, StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = "SHOW SESSION STATUS WHERE Variable_name IN ('Uptime')";
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
        }
    }

    [Fact]
    public async Task An_error_of_the_server_has_its_number_and_leaves_the_connection_good()
    {
        await using var connection = await OpenAsync(Native());
        await using var wrong = new MySqlCommand("SET SESSION no_such_variable=0", connection);

        var error = await Assert.ThrowsAsync<MySqlException>(() => wrong.ExecuteNonQueryAsync());

        Assert.Equal(1193, error.Number);
        await using var right = new MySqlCommand("DO 1", connection);
        await right.ExecuteNonQueryAsync();
    }

    [Theory]
    [InlineData("native", Password)]
    [InlineData("ed", "secret")]
    [InlineData("empty", "")]
    public async Task Accounts_authenticate_by_native_password_and_ed25519_over_socket_tcp_and_tls(string user, string password)
    {
        foreach (var options in new[] { Socket(servers.Secure), Tcp(servers.Secure.Port, MySqlSslMode.None), Tcp(servers.Secure.Port, MySqlSslMode.Required) })
        {
            (options.UserID, options.Password) = (user, password);
            await using var connection = await OpenAsync(options);
        }
    }

    [Theory]
    [InlineData("native", "wrong", 1045)]
    [InlineData("ed", "wrong", 1045)]
    [InlineData("nobody", "", 1045)]
    public async Task A_wrong_password_is_access_denied(string user, string password, int number)
    {
        var options = Tcp(servers.Secure.Port, MySqlSslMode.None);
        (options.UserID, options.Password) = (user, password);

        Assert.Equal(number, (await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options))).Number);
    }

    [Theory]
    [InlineData("secret", true)]
    [InlineData("wrong", false)]
    public async Task Caching_sha2_password_is_scrambled_as_MySQL_8_does(string password, bool isRight)
    {
        using var server = new ScriptedServer(stream =>
        {
            var nonce = RandomNumberGenerator.GetBytes(20).Select(b => (byte)(b % 100 + 1)).ToArray();
            ScriptedServer.Send(stream, 0, ScriptedServer.Greeting(nonce, "caching_sha2_password"));
            var answer = ScriptedServer.Receive(stream);
            var userEnd = Array.IndexOf(answer, (byte)0, 32);
            var scramble = answer.AsSpan(userEnd + 2, answer[userEnd + 1]).ToArray();
            var once = SHA256.HashData(Encoding.UTF8.GetBytes("secret"));
            var mask = SHA256.HashData([.. SHA256.HashData(once), .. nonce]);
            if (scramble.SequenceEqual(once.Zip(mask, (a, b) => (byte)(a ^ b))))
            {
                ScriptedServer.Send(stream, 2, 1, 3);
                ScriptedServer.Send(stream, 3, 0, 0, 0, 2, 0, 0, 0);
            }
            else
            {
                ScriptedServer.Send(stream, 2, [0xff, 0x15, 0x04, .. "#28000Access denied"u8]);
            }
        });
        var options = Tcp(server.Port, MySqlSslMode.None);
        options.Password = password;

        if (isRight)
        {
            await using var connection = await OpenAsync(options);
        }
        else
        {
            Assert.Equal(1045, (await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options))).Number);
        }
    }

    /// <summary>A MySQL 8 server that has not cached the password asks for it under its public key.</summary>
    [Fact]
    public async Task Caching_sha2_password_is_shown_to_nobody_but_the_holder_of_the_servers_key()
    {
        using var key = RSA.Create(2048);
        var nonce = Enumerable.Range(1, 20).Select(i => (byte)i).ToArray();
        var shown = "";
        using var server = new ScriptedServer(stream =>
        {
            ScriptedServer.Send(stream, 0, ScriptedServer.Greeting(nonce, "caching_sha2_password"));
            _ = ScriptedServer.Receive(stream);
            ScriptedServer.Send(stream, 2, 1, 4);
            Assert.Equal([2], ScriptedServer.Receive(stream));
            ScriptedServer.Send(stream, 4, [1, .. Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem())]);
            var secret = key.Decrypt(ScriptedServer.Receive(stream), RSAEncryptionPadding.OaepSHA1);
            shown = Encoding.UTF8.GetString([.. secret.Select((b, i) => (byte)(b ^ nonce[i % 20]))]);
            ScriptedServer.Send(stream, 6, 0, 0, 0, 2, 0, 0, 0);
        });
        var options = Tcp(server.Port, MySqlSslMode.None);
        options.Password = "a secret longer than the nonce";

        await using var connection = await OpenAsync(options);

        Assert.Equal("a secret longer than the nonce\0", shown);
    }

    [Fact]
    public async Task A_server_that_asks_for_the_password_in_clear_does_not_get_it()
    {
        using var server = new ScriptedServer(stream =>
        {
            ScriptedServer.Send(stream, 0, ScriptedServer.Greeting([.. Enumerable.Repeat((byte)7, 20)], "mysql_native_password"));
            _ = ScriptedServer.Receive(stream);
            ScriptedServer.Send(stream, 2, [0xfe, .. "mysql_clear_password\0"u8]);
        });

        await Assert.ThrowsAsync<NotSupportedException>(() => OpenAsync(Tcp(server.Port, MySqlSslMode.None)));
    }

    [Fact]
    public async Task TLS_is_used_where_it_is_preferred_and_there_and_plain_where_it_is_not_there()
    {
        Assert.NotEqual("", await CipherAsync(Native(MySqlSslMode.Preferred)));
        Assert.Equal("", await CipherAsync(Native(MySqlSslMode.None)));
        var bare = Tcp(servers.Bare.Port, MySqlSslMode.Preferred);
        bare.Password = "p";
        Assert.Equal("", await CipherAsync(bare));
    }

    [Fact]
    public async Task TLS_that_is_required_and_not_there_or_not_trusted_is_an_authentication_failure()
    {
        var bare = Tcp(servers.Bare.Port, MySqlSslMode.Required);
        bare.Password = "p";
        var unknown = Native(MySqlSslMode.VerifyFull);
        unknown.Server = "localhost";

        foreach (var options in new[] { bare, unknown })
        {
            var error = await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options));
            Assert.Equal(MySqlErrorCode.UnableToConnectToHost, error.ErrorCode);
            Assert.IsType<AuthenticationException>(error.InnerException);
        }
    }

    [Fact]
    public async Task A_certificate_and_its_name_are_checked()
    {
        var options = Native(MySqlSslMode.VerifyFull);
        (options.Server, options.SslCa) = ("localhost", servers.Authority);

        Assert.NotEqual("", await CipherAsync(options));
    }

    [Fact]
    public async Task A_port_or_socket_where_nothing_listens_is_unable_to_connect()
    {
        var socket = Socket(servers.Secure);
        socket.Server += ".gone";

        foreach (var options in new[] { Tcp(1, MySqlSslMode.None), socket })
        {
            Assert.Equal(MySqlErrorCode.UnableToConnectToHost, (await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options))).ErrorCode);
        }
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_holds_no_caller_and_no_thread()
    {
        using var silent = ScriptedServer.Silent();
        _ = await AbandonAsync(silent.Port);
        using var self = Process.GetCurrentProcess();
        var threads = self.Threads.Count;

        for (var i = 0; i < 60; i++)
        {
            Assert.IsAssignableFrom<OperationCanceledException>(await AbandonAsync(silent.Port));
        }

        self.Refresh();
        Assert.InRange(self.Threads.Count, 0, threads + 40);
        Assert.InRange(SocketsTo(silent.Port), 0, 30);
    }

    [Fact]
    public async Task A_connect_that_takes_too_long_ends_by_itself()
    {
        using var silent = ScriptedServer.Silent();
        var options = Tcp(silent.Port, MySqlSslMode.None);
        options.ConnectionTimeout = 1;

        Assert.Equal(MySqlErrorCode.UnableToConnectToHost, (await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options))).ErrorCode);
    }

    [Fact]
    public async Task A_command_is_abandoned_when_its_token_is_cancelled_and_its_connection_is_closed_with_it()
    {
        await using var connection = await OpenAsync(Native());
        await using var command = new MySqlCommand("SELECT SLEEP(60)", connection);
        using var cancelling = new CancellationTokenSource(200);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteReaderAsync(cancelling.Token));

        Assert.NotEqual(System.Data.ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task A_command_that_takes_too_long_ends_by_itself()
    {
        var options = Native();
        options.DefaultCommandTimeout = 1;
        await using var connection = await OpenAsync(options);
        await using var command = new MySqlCommand("SELECT SLEEP(60)", connection);

        Assert.Equal(MySqlErrorCode.CommandTimeoutExpired, (await Assert.ThrowsAsync<MySqlException>(() => command.ExecuteReaderAsync())).ErrorCode);
    }

    [Fact]
    public async Task A_connection_that_is_killed_throws_and_is_closed()
    {
        await using var connection = await OpenAsync(Native());
        await using var ask = new MySqlCommand("SELECT CONNECTION_ID()", connection);
        string id;
        await using (var reader = await ask.ExecuteReaderAsync())
        {
            _ = await reader.ReadAsync();
            id = reader.GetValue(0).ToString()!;
        }

        servers.Secure.Sql($"KILL {id}");

        await Assert.ThrowsAsync<MySqlException>(() => ask.ExecuteReaderAsync());
    }

    [Fact]
    public async Task An_answer_without_an_end_takes_little_memory_and_can_be_left()
    {
        await using var connection = await OpenAsync(Native());
        await using var command = new MySqlCommand("SELECT REPEAT('x', 1000) FROM app.seq_1_to_100000000", connection);
        using var cancelling = new CancellationTokenSource();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var reader = await command.ExecuteReaderAsync(cancelling.Token);
        for (var i = 0; i < 20_000; i++)
        {
            Assert.True(await reader.ReadAsync(cancelling.Token));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 5_000_000);
        await cancelling.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await reader.ReadAsync(cancelling.Token))
            {
            }
        });
    }

    [Fact]
    public async Task The_password_is_not_in_the_process_list_nor_in_an_error()
    {
        var options = Tcp(servers.Secure.Port, MySqlSslMode.None);
        options.Password = "very-secret-indeed";

        var error = await Assert.ThrowsAsync<MySqlException>(() => OpenAsync(options));

        Assert.DoesNotContain("very-secret-indeed", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<MySqlConnection> OpenAsync(MySqlConnectionStringBuilder options, CancellationToken cancellationToken = default)
    {
        var connection = new MySqlConnection(options.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task<string> CipherAsync(MySqlConnectionStringBuilder options)
    {
        await using var connection = await OpenAsync(options);
        await using var command = new MySqlCommand("SHOW SESSION STATUS LIKE 'Ssl_cipher'", connection);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return reader.GetString(1);
    }

    private static async Task<Exception> AbandonAsync(int port)
    {
        using var cancelling = new CancellationTokenSource(20);
        return await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync(Tcp(port, MySqlSslMode.None), cancelling.Token));
    }

    /// <summary>How many sockets a process still holds whose other end is this port of ours: those of other tests are not counted, an orphan in TIME_WAIT has inode 0.</summary>
    private static int SocketsTo(int port) => File.ReadLines("/proc/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Count(field => field[2].EndsWith($":{port:X4}", StringComparison.Ordinal) && field[9] != "0");

    private static MySqlConnectionStringBuilder Socket(PlainServer server) => new()
    {
        Server = server.Socket,
        ConnectionProtocol = MySqlConnectionProtocol.UnixSocket,
        UserID = "native",
        Password = Password,
        Pooling = false,
        CancellationTimeout = -1,
    };

    private static MySqlConnectionStringBuilder Tcp(int port, MySqlSslMode mode) => new()
    {
        Server = "127.0.0.1",
        Port = (uint)port,
        UserID = "native",
        Password = Password,
        SslMode = mode,
        Pooling = false,
        CancellationTimeout = -1,
    };

    private MySqlConnectionStringBuilder Native(MySqlSslMode mode = MySqlSslMode.None) => Tcp(servers.Secure.Port, mode);
}
