using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Asks the kernel's netfilter in the network namespace in which it was made: one message, one answer, microseconds, no child process. Not for several
/// threads at once.
/// </summary>
internal sealed unsafe partial class Netlink : IDisposable
{
    /// <summary>nlmsghdr and nfgenmsg.</summary>
    public const int HeaderBytes = 20;

    private const int FamilyNetlink = 16;
    private const int TypeRawCloseOnExec = 3 | 0x80000;
    private const int ProtocolNetfilter = 12;
    private const int DontWait = 0x40;
    private const ushort IsRequest = 1; // NLM_F_REQUEST
    private const ushort IsError = 2; // NLMSG_ERROR

    private readonly int _socket = Socket(FamilyNetlink, TypeRawCloseOnExec, ProtocolNetfilter);
    private uint _sequence;

    /// <summary>Sends a message and takes the kernel's answer to it, which is there before the sending ends.</summary>
    /// <param name="type">Subsystem and message.</param>
    /// <param name="flags">Beside that it is a request.</param>
    /// <param name="answer">Where the answer goes, header first.</param>
    /// <returns>The length of the answer; 0 where none came.</returns>
    public int Ask(ushort type, ushort flags, byte family, ReadOnlySpan<byte> attributes, Span<byte> answer)
    {
        Span<byte> request = stackalloc byte[HeaderBytes + attributes.Length];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], (ushort)(flags | IsRequest));
        BinaryPrimitives.WriteUInt32LittleEndian(request[8..], ++_sequence);
        request[16] = family;
        attributes.CopyTo(request[HeaderBytes..]);
        fixed (byte* question = request, reply = answer)
        {
            if (_socket < 0 || Send(_socket, question, (nuint)request.Length, 0) != request.Length)
            {
                return 0;
            }

            // What is left of an earlier question is passed over.
            int length;
            do
            {
                length = (int)Receive(_socket, reply, (nuint)answer.Length, DontWait);
            }
            while (length >= HeaderBytes && BinaryPrimitives.ReadUInt32LittleEndian(answer[8..]) != _sequence);
            return length < HeaderBytes ? 0 : length;
        }
    }

    public static ushort TypeOf(ReadOnlySpan<byte> answer) => BinaryPrimitives.ReadUInt16LittleEndian(answer[4..]);

    /// <summary>The error that an acknowledgement carries, 0 for none; null where the answer is no acknowledgement.</summary>
    public static int? ErrorOf(ReadOnlySpan<byte> answer) =>
        answer.Length >= HeaderBytes && TypeOf(answer) == IsError ? -BinaryPrimitives.ReadInt32LittleEndian(answer[16..]) : null;

    public void Dispose()
    {
        if (_socket >= 0)
        {
            _ = Close(_socket);
        }
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
