using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Http;
using GaleraGate.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using MakeOptions = Microsoft.Extensions.Options.Options;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// HTTP over a unix socket, for the people of this host: root, and the group galeragate. The answers come from what the loop last showed, so a server,
/// a disk or a table that hangs delays none.
/// </summary>
internal sealed partial class ControlSocket : IAsyncDisposable
{
    private const string Group = "galeragate";
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>Whoever opens more takes no descriptor from the gate: they are closed at once.</summary>
    private const int MaxConnections = 64;
    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite; // 0660

    private readonly string _path;
    private readonly KestrelServer _server;
    private bool _isDisposed;

    private ControlSocket(string path, KestrelServer server)
    {
        _path = path;
        _server = server;
    }

    /// <summary>Makes the socket and answers on it from now on.</summary>
    /// <exception cref="FormatException">It cannot be made, or another daemon answers on it; the message is one line for people.</exception>
    public static async Task<ControlSocket> StartAsync(string path, RequestDelegate answer, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            RemoveAbandoned(path);
            var options = new KestrelServerOptions { AddServerHeader = false };
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.ListenUnixSocket(path);
            var transport = new SocketTransportFactory(
                MakeOptions.Create(new SocketTransportOptions { CreateBoundListenSocket = Bind }), logging);
            var server = new KestrelServer(MakeOptions.Create(options), transport, logging);
            await server.StartAsync(new HttpApplication(answer), cancellationToken);
            return new ControlSocket(path, server);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            throw new UnavailableException(
                $"the control socket {path} cannot be made: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>
    /// The name goes first and at once: whoever comes next finds it free, whatever the connections that are open take
    /// to end.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        File.Delete(_path);
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    /// <summary>A socket that nobody listens on was left by a daemon that was killed.</summary>
    private static void RemoveAbandoned(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new UnavailableException(
            $"another galeragate answers on the control socket {path}: stop it first, or give another --control");
    }

    /// <summary>Nobody can connect before the mode is right: the socket listens only afterwards.</summary>
    private static Socket Bind(EndPoint endPoint)
    {
        var path = ((UnixDomainSocketEndPoint)endPoint).ToString()!;
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(endPoint);
        File.SetUnixFileMode(path, Mode);
        if (Peer.GroupId(Group) is { } group)
        {
            const uint SameOwner = uint.MaxValue;
            _ = ChangeOwner(path, SameOwner, group);
        }

        return socket;
    }

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
