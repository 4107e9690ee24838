using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Identifies the other end of a unix socket, as reported by the kernel; the process there cannot forge it.
/// </summary>
public static class Peer
{
    /// <summary>The account's name, or its number if it has no name on this host.</summary>
    public static string NameOf(Socket socket)
    {
        var uid = Of(socket).User.ToString(CultureInfo.InvariantCulture);
        return NumberedLine("/etc/passwd", uid) ?? $"uid {uid}";
    }

    /// <summary>The process that is connected there, or that listens there.</summary>
    public static int ProcessOf(Socket socket) => Of(socket).Pid;

    /// <summary>Which process listens at a name; null if none does, or if its backlog is full. Never waits.</summary>
    /// <returns>The process, 0 if it is outside this PID namespace, and its user.</returns>
    public static (int Pid, uint User)? Listening(EndPoint name)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Blocking = false;
        try
        {
            socket.Connect(name);
            return Of(socket);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>A group's number; null if there is no such name.</summary>
    public static uint? GroupId(string name) => NumberOf("/etc/group", name);

    /// <summary>A user's number; null if there is no such name.</summary>
    public static uint? UserId(string name) => NumberOf("/etc/passwd", name);

    private static (int Pid, uint User) Of(Socket socket)
    {
        const int SolSocket = 1;
        const int SoPeerCred = 17;
        Span<int> credentials = stackalloc int[3]; // pid, uid, gid
        _ = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(credentials));
        return (credentials[0], (uint)credentials[1]);
    }

    private static uint? NumberOf(string file, string name) =>
        Lines(file).Where(fields => fields.Length > 2 && fields[0] == name)
            .Select(fields => uint.TryParse(fields[2], CultureInfo.InvariantCulture, out var id) ? id : (uint?)null)
            .FirstOrDefault();

    private static string? NumberedLine(string file, string number) =>
        Lines(file).FirstOrDefault(fields => fields.Length > 2 && fields[2] == number)?[0];

    private static IEnumerable<string[]> Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file).Select(line => line.Split(':'));
        }
        catch (IOException)
        {
            return [];
        }
    }
}
