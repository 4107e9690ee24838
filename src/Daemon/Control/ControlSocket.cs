using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using GaleraGate.Daemon.Kestrel;
using GaleraGate.Infrastructure.Linux;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using MakeOptions = Microsoft.Extensions.Options.Options;

namespace GaleraGate.Daemon.Control;

/// <summary>
/// HTTP over a unix socket, for root and the group galeragate on this host. It answers from the loop's latest snapshot,
/// so a hanging server, disk or firewall delays no answer.
/// </summary>
internal sealed partial class ControlSocket : IAsyncDisposable
{
    private const string Group = "galeragate";
    private const int MaxBodyBytes = 64 * 1024;

    /// <summary>
    /// A client that opens more connections uses up no descriptors of the gate and no other client's slots: its own
    /// oldest connections are closed.
    /// </summary>
    private const int MaxConnections = 64;

    private const UnixFileMode Mode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite; // 0660

    private readonly string _path;
    private readonly KestrelServer _server;
    private bool _isDisposed;

    /// <summary>The inode of this daemon's socket.</summary>
    private readonly (uint, uint, ulong) _identity;

    private ControlSocket(string path, (uint, uint, ulong) identity, KestrelServer server) =>
        (_path, _identity, _server) = (path, identity, server);

    /// <summary>Creates the socket and starts answering.</summary>
    /// <exception cref="FormatException">It cannot be created, another daemon answers on it, or its name belongs to
    /// something else; the message is one line for people.</exception>
    public static async Task<ControlSocket> StartAsync(
        string path, RequestDelegate answer, ILoggerFactory logging, CancellationToken cancellationToken)
    {
        KestrelServer? server = null;
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            RemoveAbandoned(path);
            var options = new KestrelServerOptions { AddServerHeader = false };
            options.Limits.MaxRequestBodySize = MaxBodyBytes;
            var seats = new Seats(MaxConnections);
            options.ListenUnixSocket(
                path, listen => _ = listen.Use(next => connection => seats.ServeAsync(connection, next)));
            var transport = new SocketTransportFactory(
                MakeOptions.Create(new SocketTransportOptions { CreateBoundListenSocket = Bind }), logging);
            server = new KestrelServer(MakeOptions.Create(options), transport, logging);
            await server.StartAsync(new HttpApplication(answer, seats), cancellationToken);
            var socket = new ControlSocket(path, FileLook.At(path).Identity, server);
            server = null;
            return socket;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or SocketException or ArgumentException)
        {
            throw new UnavailableException(
                $"the control socket {path} cannot be made: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        finally
        {
            server?.Dispose();
        }
    }

    /// <summary>
    /// Removes the name first and at once, so that the next daemon finds it free however long open connections take to
    /// end.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        // Done while still listening: afterwards the next daemon may have created its own socket with this name.
        if (FileLook.At(_path).Identity == _identity)
        {
            File.Delete(_path);
        }

        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    /// <summary>Removes a socket without a listener, which a killed daemon left behind. Removes nothing else.</summary>
    private static void RemoveAbandoned(string path)
    {
        var look = FileLook.At(path);
        if (look.Trouble is { } trouble)
        {
            throw new IOException(trouble);
        }

        if (!look.IsThere)
        {
            return;
        }

        if (!look.IsSocket)
        {
            throw new FormatException(
                $"--control: {path} is there and is not a socket: it stays as it is; give another --control, or move "
                + "it away");
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

    /// <summary>
    /// Creates the socket under another name and renames it after its mode is set. So no client can connect earlier, an
    /// existing file is not replaced, and the name that the runtime deletes on close is the temporary one, not the next
    /// daemon's socket.
    /// </summary>
    private static Socket Bind(EndPoint endPoint)
    {
        const uint SameOwner = uint.MaxValue;
        var path = ((UnixDomainSocketEndPoint)endPoint).ToString()!;
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var made = Path.Combine(folder, "." + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        File.Delete(made);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(made));
            File.SetUnixFileMode(made, Mode);
            if (Peer.GroupId(Group) is { } group)
            {
                _ = ChangeOwner(made, SameOwner, group);
            }

            if (MakeLink(made, path) != 0)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
            }

            File.Delete(made);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MakeLink(string from, string to);
}
