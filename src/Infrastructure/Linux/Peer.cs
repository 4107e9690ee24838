using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Who is at the other end of a unix socket, as the kernel says: the one at the end cannot claim to be somebody else.
/// </summary>
public static class Peer
{
    /// <summary>The account's name, or its number where it has none here.</summary>
    public static string NameOf(Socket socket)
    {
        var uid = Of(socket).User.ToString(CultureInfo.InvariantCulture);
        return NumberedLine("/etc/passwd", uid) ?? $"uid {uid}";
    }

    /// <summary>The process that is there, or that listens there.</summary>
    public static int ProcessOf(Socket socket) => Of(socket).Pid;

    /// <summary>
    /// Who listens at a name; null where nobody does, or has no room for one more at present. Never waits.
    /// </summary>
    /// <returns>The process, 0 where it is none of this PID namespace, and its user.</returns>
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

    /// <summary>The number of a group; null where there is none of this name.</summary>
    public static uint? GroupId(string name) => NumberOf("/etc/group", name);

    /// <summary>The number of a user; null where there is none of this name.</summary>
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
