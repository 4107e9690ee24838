using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// This process's connections to the server, as the kernel has them. The connector does not expose its sockets, but
/// they are needed for two things: the end of a connection is the first sign that the server died, and only shutting
/// the socket down ends a read that hangs (a cancellation token does not, and closing the connector's connection first
/// reads the answer to its end). So the sockets are searched among this process's descriptors, by the address of the
/// other end.
/// </summary>
internal static partial class ServerSockets
{
    /// <summary>
    /// Duplicates a descriptor for each connection, for the caller to close. The socket lives until then, even if
    /// others close it. Empty if there is no connection, or if no descriptor is left for the search.
    /// </summary>
    public static IReadOnlyList<ServerSocket> Open(MySqlConnectionStringBuilder server)
    {
        var found = new List<ServerSocket>();
        try
        {
            foreach (var entry in Directory.EnumerateFiles("/proc/self/fd"))
            {
                // Duplicate before examining: another thread may close this number and get it back for another file.
                if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var number)
                    && IsTo(server, number) && Duplicate(number) is >= 0 and var own)
                {
                    var socket = new ServerSocket(own);
                    if (IsTo(server, own))
                    {
                        found.Add(socket);
                    }
                    else
                    {
                        socket.Dispose();
                    }
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left for the search: the connector's own timeouts end a hanging read, one second later.
        }

        return found;
    }

    /// <summary>
    /// Shuts down every connection to the server. Pending reads end at once, and no KILL is sent to the server.
    /// </summary>
    public static void ShutDown(MySqlConnectionStringBuilder server)
    {
        foreach (var socket in Open(server))
        {
            using (socket)
            {
                socket.ShutDown();
            }
        }
    }

    /// <summary>
    /// Whether the server's listen backlog is full: it is alive but accepts no connection. The connector does not
    /// distinguish this from a server that is down.
    /// </summary>
    public static bool IsBacklogFull(MySqlConnectionStringBuilder server)
    {
        if (server.ConnectionProtocol != MySqlConnectionProtocol.UnixSocket)
        {
            return false;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            {
                Blocking = false,
            };
            socket.Connect(new UnixDomainSocketEndPoint(server.Server));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.WouldBlock;
        }
    }

    /// <summary>
    /// Compares a unix socket by file name, because the same socket may be reached through several paths; over TCP,
    /// compares the server's port.
    /// </summary>
    private static bool IsTo(MySqlConnectionStringBuilder server, int descriptor)
    {
        const int FamilyBytes = 2;
        Span<byte> address = stackalloc byte[128];
        var length = address.Length;
        if (GetPeerName(descriptor, ref MemoryMarshal.GetReference(address), ref length) != 0 || length <= FamilyBytes)
        {
            return false;
        }

        const int InterNetworkV6 = 10; // the kernel's number, not .NET's
        var rest = address[FamilyBytes..Math.Min(length, address.Length)];
        return BinaryPrimitives.ReadUInt16LittleEndian(address) switch
        {
            (ushort)AddressFamily.Unix => server.ConnectionProtocol == MySqlConnectionProtocol.UnixSocket
                && Path.GetFileName(Encoding.UTF8.GetString(rest).TrimEnd('\0')) == Path.GetFileName(server.Server),
            (ushort)AddressFamily.InterNetwork or InterNetworkV6 => server.ConnectionProtocol
                != MySqlConnectionProtocol.UnixSocket
                && BinaryPrimitives.ReadUInt16BigEndian(rest) == server.Port,
            _ => false,
        };
    }

    [LibraryImport("libc", EntryPoint = "getpeername")]
    private static partial int GetPeerName(int descriptor, ref byte address, ref int length);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    private static int Duplicate(int descriptor)
    {
        const int DuplicateCloseOnExec = 1030;
        return Control(descriptor, DuplicateCloseOnExec, 0);
    }
}
