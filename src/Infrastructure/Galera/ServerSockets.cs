using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// This process's connections to the server, as the kernel has them. The connector shows none of its sockets, and two
/// things need one: only the end of a connection shows at once that the server died, and only an ended connection ends
/// a read that hangs (a token does not, and closing the connector's connection first reads the answer to its end). So
/// the socket is looked for among this process's descriptors, by where its other end is.
/// </summary>
internal static partial class ServerSockets
{
    /// <summary>
    /// A descriptor of its own for each connection, for the caller to close: the socket lives until then, whoever else
    /// closes it. Empty when there is no connection, or when no descriptor is left to look with.
    /// </summary>
    public static IReadOnlyList<ServerSocket> Open(MySqlConnectionStringBuilder server)
    {
        var found = new List<ServerSocket>();
        try
        {
            foreach (var entry in Directory.EnumerateFiles("/proc/self/fd"))
            {
                // Duplicated before it is looked at: another thread may close this number and get it again for
                // something else.
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
            // No descriptor is left to look with: the connector's own timeouts end what hangs, a second later.
        }

        return found;
    }

    /// <summary>
    /// Ends every connection to the server: what reads from one gets its end at once, and the server is not asked to
    /// kill anything.
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
    /// Whether so many clients wait to be accepted that the kernel takes no more: the server lives and accepts none of
    /// them. The connector does not tell this from a server that is not there.
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
    /// The file name of a unix socket, because the same socket may go by several paths; over TCP the port that servers
    /// listen on.
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

        const int InterNetworkV6 = 10; // the system's number, not .NET's
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
