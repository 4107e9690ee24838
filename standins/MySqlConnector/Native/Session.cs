using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;

namespace MySqlConnector.Native;

/// <summary>
/// One native connection with a thread of its own. The library's calls that never block say what they wait for; the thread waits for that, for the
/// limit and for a cancellation at once. So no caller is held past his token, and the thread of a connection that hangs ends with the cancellation:
/// nothing piles up behind a server that accepts and never answers.
/// </summary>
internal sealed unsafe partial class Session : IDisposable
{
    /// <summary>The longest packet taken from a server.</summary>
    private const nuint MaxPacketBytes = 16 << 20;

    /// <summary>Rows read ahead in one go: an endless answer takes no more memory than this many rows.</summary>
    private const int RowsAhead = 256;

    private const int StackBytes = 256 << 10;

    /// <summary>Methods that show nobody the password: no mysql_clear_password, whatever a server asks for.</summary>
    private const string AuthenticationMethods = "mysql_native_password,caching_sha2_password,client_ed25519,sha256_password";

    private readonly Queue<Action> _work = [];
    private bool _ended;
    private readonly int _wake = LibMariaDb.EventFd(0, 0x80000);
    private nint _mysql = LibMariaDb.Init(0);
    private nint _result;
    private volatile bool _cancelled;

    public Session()
    {
        var thread = new Thread(Work, StackBytes) { IsBackground = true, Name = "mysql session" };
        thread.Start();
    }

    public bool IsBroken { get; private set; }

    public bool HasRows => _result != 0;

    public int FieldCount { get; private set; }

    public int RecordsAffected { get; private set; }

    public string ServerVersion { get; private set; } = "";

    public Task ConnectAsync(MySqlConnectionStringBuilder options, string address, TimeSpan limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var isSocket = options.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket;
            Configure(options, isSocket);
            var connected = Connect(options, address, isSocket, Deadline(limit));
            if (connected == 0)
            {
                throw Failure(isConnecting: true);
            }

            if (options.SslMode >= MySqlSslMode.Required && LibMariaDb.SslCipher(_mysql) == 0)
            {
                // The library offers TLS and takes a plain connection from a server that has none.
                throw new MySqlException((int)MySqlErrorCode.UnableToConnectToHost, null, "SSL Authentication Error", new AuthenticationException("Server does not support SSL"));
            }

            ServerVersion = Marshal.PtrToStringUTF8(LibMariaDb.ServerInfo(_mysql)) ?? "";
        },
        cancellationToken);

    public Task QueryAsync(string statements, TimeSpan limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var until = Deadline(limit);
            int failed;
            fixed (byte* text = Encoding.UTF8.GetBytes(statements + '\0'))
            {
                var status = LibMariaDb.QueryStart(out failed, _mysql, text, (nuint)Encoding.UTF8.GetByteCount(statements));
                while (status != 0)
                {
                    status = LibMariaDb.QueryContinue(out failed, _mysql, Wait(status, until));
                }
            }

            TakeResult(failed);
        },
        cancellationToken);

    public Task FetchAsync(Queue<string?[]> rows, TimeSpan limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            var until = Deadline(limit);
            while (rows.Count < RowsAhead)
            {
                var status = LibMariaDb.FetchRowStart(out var row, _result);
                while (status != 0)
                {
                    status = LibMariaDb.FetchRowContinue(out row, _result, Wait(status, until));
                }

                if (row is null)
                {
                    FreeResult();
                    if (LibMariaDb.ErrorNumber(_mysql) != 0)
                    {
                        throw Failure();
                    }

                    return;
                }

                var lengths = LibMariaDb.FetchLengths(_result);
                var values = new string?[FieldCount];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = row[i] is null ? null : Encoding.UTF8.GetString(row[i], checked((int)lengths[i]));
                }

                rows.Enqueue(values);
            }
        },
        cancellationToken);

    /// <summary>Goes on to the next answer; false where there is none.</summary>
    public Task<bool> NextAsync(TimeSpan limit, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            if (LibMariaDb.MoreResults(_mysql) == 0)
            {
                return false;
            }

            var until = Deadline(limit);
            var status = LibMariaDb.NextResultStart(out var failed, _mysql);
            while (status != 0)
            {
                status = LibMariaDb.NextResultContinue(out failed, _mysql, Wait(status, until));
            }

            TakeResult(failed);
            return true;
        },
        cancellationToken);

    public void Dispose()
    {
        lock (_work)
        {
            _ended = true;
            Monitor.Pulse(_work);
        }
    }

    private static long Deadline(TimeSpan limit) =>
        limit == Timeout.InfiniteTimeSpan ? long.MaxValue : Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);

    private nint Connect(MySqlConnectionStringBuilder options, string address, bool isSocket, long until)
    {
        // The library reads these texts as long as the connection is being made, not only in the first call.
        var host = isSocket ? 0 : Marshal.StringToCoTaskMemUTF8(address);
        var socket = isSocket ? Marshal.StringToCoTaskMemUTF8(options.Server) : 0;
        var user = Marshal.StringToCoTaskMemUTF8(options.UserID);
        var password = Marshal.StringToCoTaskMemUTF8(options.Password);
        try
        {
            var status = LibMariaDb.ConnectStart(
                out var connected, _mysql, host, user, password, 0, isSocket ? 0 : options.Port, socket, LibMariaDb.MultiStatements | LibMariaDb.MultiResults);
            while (status != 0)
            {
                status = LibMariaDb.ConnectContinue(out connected, _mysql, Wait(status, until, "Connect Timeout expired.", MySqlErrorCode.UnableToConnectToHost));
            }

            return connected;
        }
        finally
        {
            Marshal.FreeCoTaskMem(host);
            Marshal.FreeCoTaskMem(socket);
            Marshal.FreeCoTaskMem(user);
            Marshal.ZeroFreeCoTaskMemUTF8(password);
        }
    }

    private void Configure(MySqlConnectionStringBuilder options, bool isSocket)
    {
        uint off = 0;
        byte yes = 1;
        var packet = MaxPacketBytes;
        var protocol = isSocket ? LibMariaDb.ProtocolSocket : LibMariaDb.ProtocolTcp;
        _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionNonblock, null);
        _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionLocalInfile, &off);
        _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionProtocol, &protocol);
        _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionMaxAllowedPacket, &packet);
        _ = LibMariaDb.TextOption(_mysql, LibMariaDb.OptionCharset, "utf8mb4");
        _ = LibMariaDb.TextOption(_mysql, LibMariaDb.OptionRestrictedAuth, AuthenticationMethods);
        var mode = isSocket && options.SslMode == MySqlSslMode.Preferred ? MySqlSslMode.None : options.SslMode;
        var verify = (byte)(mode == MySqlSslMode.VerifyFull ? 1 : 0);
        _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionSslVerifyServerCert, &verify);
        if (mode != MySqlSslMode.None)
        {
            _ = LibMariaDb.Option(_mysql, LibMariaDb.OptionSslEnforce, &yes);
            OptionIfGiven(LibMariaDb.OptionSslCa, options.SslCa);
            OptionIfGiven(LibMariaDb.OptionSslCert, options.SslCert);
            OptionIfGiven(LibMariaDb.OptionSslKey, options.SslKey);
        }
    }

    private void OptionIfGiven(int option, string value)
    {
        if (value.Length > 0)
        {
            _ = LibMariaDb.TextOption(_mysql, option, value);
        }
    }

    private Task<bool> RunAsync(Action step, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            step();
            return true;
        },
        cancellationToken);

    private Task<T> RunAsync<T>(Func<T> step, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("Connection must be Open; current State is Closed");
        }

        cancellationToken.ThrowIfCancellationRequested();
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelling = cancellationToken.Register(Cancel);
        Post(
            () =>
            {
                try
                {
                    var result = step();
                    cancelling.Dispose();
                    done.SetResult(result);
                }
                catch (OperationCanceledException)
                {
                    Break();
                    done.SetCanceled(cancellationToken);
                }
                catch (Exception e)
                {
                    cancelling.Dispose();
                    done.SetException(e);
                }
            });
        return done.Task;
    }

    private void Cancel()
    {
        _cancelled = true;
        ulong one = 1;
        _ = LibMariaDb.Write(_wake, &one, sizeof(ulong));
    }

    /// <summary>Waits for what the library asks for; the answer is what came of it.</summary>
    private int Wait(int status, long until, string expired = "The Command Timeout expired before the operation completed.", MySqlErrorCode code = MySqlErrorCode.CommandTimeoutExpired)
    {
        var fds = stackalloc LibMariaDb.PollFd[2];
        fds[0] = new LibMariaDb.PollFd { Fd = LibMariaDb.Socket(_mysql), Events = Events(status) };
        fds[1] = new LibMariaDb.PollFd { Fd = _wake, Events = 1 };
        while (true)
        {
            var left = until == long.MaxValue ? double.PositiveInfinity : Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until).TotalMilliseconds;
            var asked = (status & LibMariaDb.WaitTimeout) != 0 ? LibMariaDb.TimeoutMilliseconds(_mysql) : double.PositiveInfinity;
            var milliseconds = Math.Min(Math.Min(left, asked), int.MaxValue);
            var ready = LibMariaDb.Poll(fds, 2, milliseconds >= int.MaxValue ? -1 : (int)Math.Max(0, Math.Ceiling(milliseconds)));
            if (_cancelled)
            {
                throw new OperationCanceledException();
            }

            if (fds[0].Ready != 0)
            {
                return Status(fds[0].Ready);
            }

            if (ready == 0 && left <= asked)
            {
                Break();
                throw new MySqlException((int)code, null, expired);
            }

            if (ready == 0)
            {
                return LibMariaDb.WaitTimeout;
            }
        }
    }

    private static short Events(int status) => (short)(
        ((status & LibMariaDb.WaitRead) != 0 ? 1 : 0) | ((status & LibMariaDb.WaitException) != 0 ? 2 : 0) | ((status & LibMariaDb.WaitWrite) != 0 ? 4 : 0));

    private static int Status(short ready) =>
        ((ready & 0x19) != 0 ? LibMariaDb.WaitRead : 0) | ((ready & 4) != 0 ? LibMariaDb.WaitWrite : 0) | ((ready & 2) != 0 ? LibMariaDb.WaitException : 0);

    private void TakeResult(int failed)
    {
        if (failed != 0)
        {
            throw Failure();
        }

        FieldCount = (int)LibMariaDb.FieldCount(_mysql);
        RecordsAffected = FieldCount == 0 ? (int)LibMariaDb.AffectedRows(_mysql) : -1;
        _result = LibMariaDb.UseResult(_mysql);
    }

    private Exception Failure(bool isConnecting = false)
    {
        var number = (int)LibMariaDb.ErrorNumber(_mysql);
        var text = Marshal.PtrToStringUTF8(LibMariaDb.ErrorText(_mysql)) ?? "";
        var state = Marshal.PtrToStringUTF8(LibMariaDb.SqlState(_mysql));
        var refused = (int)MySqlErrorCode.UnableToConnectToHost;
        if (BeforeTls().Match(text) is { Success: true } before)
        {
            number = int.Parse(before.Groups["number"].Value, CultureInfo.InvariantCulture);
            text = before.Groups["text"].Value;
        }

        return number switch
        {
            // The client's own errors begin at 2000: 2026 is TLS, 2058 and 2059 an authentication method that cannot be had.
            2026 => new MySqlException(refused, null, "SSL Authentication Error", new AuthenticationException(text)),
            2058 or 2059 or 2061 => new NotSupportedException(text),
            2002 or 2003 or 2005 => new MySqlException(refused, null, text),
            >= 2000 when isConnecting => new MySqlException(refused, null, text),
            >= 2000 => Broken(text),
            _ => new MySqlException(number, state, text),
        };
    }

    /// <summary>Where TLS is on offer the library wraps what a server says before it into an error of its own; the server's number is only in the words.</summary>
    [GeneratedRegex("cannot be verified: '?(?<number>[0-9]{4,5}) - (?<text>.*)", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex BeforeTls();

    private MySqlException Broken(string text)
    {
        Break();
        return new MySqlException(0, null, text, new EndOfStreamException(text));
    }

    private void FreeResult()
    {
        LibMariaDb.FreeResult(_result);
        _result = 0;
    }

    /// <summary>Cuts the connection: whatever is in flight on it is over, and closing it waits for nobody.</summary>
    private void Break()
    {
        IsBroken = true;
        _ = LibMariaDb.Shutdown(LibMariaDb.Socket(_mysql), 2);
        Dispose();
    }

    private void Post(Action step)
    {
        lock (_work)
        {
            _work.Enqueue(step);
            Monitor.Pulse(_work);
        }
    }

    /// <summary>Waits without spinning: a connection is idle nearly all the time.</summary>
    private Action? Next()
    {
        lock (_work)
        {
            while (_work.Count == 0 && !_ended)
            {
                _ = Monitor.Wait(_work);
            }

            return _work.TryDequeue(out var step) ? step : null;
        }
    }

    private void Work()
    {
        while (Next() is { } step)
        {
            step();
        }

        IsBroken = true;
        if (_result != 0)
        {
            _ = LibMariaDb.Shutdown(LibMariaDb.Socket(_mysql), 2);
            FreeResult();
        }

        LibMariaDb.Close(_mysql);
        _mysql = 0;
        _ = LibMariaDb.CloseFd(_wake);
    }
}
