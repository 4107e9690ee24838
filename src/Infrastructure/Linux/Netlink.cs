using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Sends requests to the kernel in the network namespace in which the object was created: one message, one answer or a
/// list, microseconds, no child process. Not thread-safe.
/// </summary>
/// <param name="protocol">The part of the kernel that answers.</param>
internal sealed unsafe partial class Netlink(int protocol) : INetlink
{
    /// <summary>Sockets and their owners.</summary>
    public const int SocketDiagnostics = 4;

    /// <summary>Sets, tracked connections, firewall rules.</summary>
    public const int Netfilter = 12;

    /// <summary>Flag: the kernel answers with an error number, 0 for none (NLM_F_ACK).</summary>
    public const ushort Acknowledge = 4;

    /// <summary>The header: length, type, flags, sequence and port of a message; its content follows.</summary>
    public const int HeaderBytes = 16;

    /// <summary>The beginning of every netfilter message: family, version, resource.</summary>
    public const int NetfilterHeaderBytes = 4;

    private const int AttributeHeaderBytes = 4;
    private const int FamilyNetlink = 16;
    private const int TypeRawCloseOnExec = 3 | 0x80000;
    private const int DontWait = 0x40;
    private const ushort IsRequest = 1; // NLM_F_REQUEST
    private const ushort IsDump = 0x300; // NLM_F_DUMP
    private const ushort IsError = 2; // NLMSG_ERROR
    private const ushort IsDone = 3; // NLMSG_DONE
    private const int ListBytes = 1 << 16;
    private const int AnswerBytes = 1 << 10;
    private const int NotPermitted = 1; // EPERM

    private readonly int _socket = Socket(FamilyNetlink, TypeRawCloseOnExec, protocol);
    private uint _sequence;

    /// <summary>Receives one message of a list, without its header.</summary>
    public delegate void Each(ReadOnlySpan<byte> body);

    /// <summary>Sends a message and receives the kernel's answer, which is there when the send call returns.</summary>
    /// <param name="flags">In addition to the request flag.</param>
    /// <param name="answer">The buffer for the answer, header first.</param>
    /// <returns>The length of the answer; 0 if none came.</returns>
    public int Ask(ushort type, ushort flags, ReadOnlySpan<byte> body, Span<byte> answer)
    {
        if (!Tell(type, flags, body))
        {
            return 0;
        }

        // Skip what is left of an earlier request.
        int length;
        do
        {
            length = Take(answer, DontWait);
        }
        while (length >= HeaderBytes && BinaryPrimitives.ReadUInt32LittleEndian(answer[8..]) != _sequence);
        return length < HeaderBytes ? 0 : length;
    }

    /// <summary>
    /// Sends messages that the kernel applies all or not at all. It has decided before the send call returns.
    /// </summary>
    /// <returns>The error number of the first one refused; 0 if all were applied.</returns>
    public int AskAll(IReadOnlyList<NetlinkMessage> messages)
    {
        const int NoAnswer = 5; // EIO
        var first = _sequence + 1;
        byte[] all = [.. messages.SelectMany(message => Framed(message.Type, message.Flags, message.Body))];
        fixed (byte* request = all)
        {
            if (_socket < 0 || Send(_socket, request, (nuint)all.Length, 0) != all.Length)
            {
                return _socket < 0 ? NoAnswer : Marshal.GetLastPInvokeError();
            }
        }

        // An error includes the message that it is about; cut off what does not fit.
        int? taken = null;
        var answer = new byte[AnswerBytes];
        for (int length; (length = Take(answer, DontWait)) >= HeaderBytes;)
        {
            // Of several errors the first one is the cause of the others.
            if (BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(8)) - first < messages.Count
                && ErrorOf(answer.AsSpan(0, length)) is { } error)
            {
                taken = taken is > 0 ? taken : error;
            }
        }

        return taken ?? NoAnswer;
    }

    /// <summary>Requests a list.</summary>
    /// <returns>The error number; 0 if the whole list came.</returns>
    public int List(ushort type, ReadOnlySpan<byte> body, Each each)
    {
        const int NoAnswer = 5; // EIO
        var part = new byte[ListBytes];
        for (var sent = Tell(type, IsDump, body); sent;)
        {
            var length = Take(part, 0);
            if (length < HeaderBytes)
            {
                break;
            }

            for (var rest = (ReadOnlySpan<byte>)part.AsSpan(0, length); rest.Length >= HeaderBytes;)
            {
                var size = BinaryPrimitives.ReadInt32LittleEndian(rest);
                if (size < HeaderBytes || size > rest.Length)
                {
                    return NoAnswer;
                }

                if (BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]) == _sequence)
                {
                    if (TypeOf(rest) is IsDone or IsError)
                    {
                        return size >= HeaderBytes + sizeof(int)
                            ? -BinaryPrimitives.ReadInt32LittleEndian(rest[HeaderBytes..])
                            : 0;
                    }

                    each(rest[HeaderBytes..size]);
                }

                rest = rest[Math.Min((size + 3) & ~3, rest.Length)..];
            }
        }

        return NoAnswer;
    }

    public static ushort TypeOf(ReadOnlySpan<byte> answer) => BinaryPrimitives.ReadUInt16LittleEndian(answer[4..]);

    /// <summary>
    /// The error number in an acknowledgement, 0 for none; null if the answer is not an acknowledgement.
    /// </summary>
    public static int? ErrorOf(ReadOnlySpan<byte> answer) =>
        answer.Length >= HeaderBytes + sizeof(int) && TypeOf(answer) == IsError
            ? -BinaryPrimitives.ReadInt32LittleEndian(answer[HeaderBytes..])
            : null;

    /// <summary>The meaning of one of the system's error numbers.</summary>
    public static string Meaning(int error) => error switch
    {
        NotPermitted => "no permission: CAP_NET_ADMIN is needed",
        > 0 => Marshal.GetPInvokeErrorMessage(error),
        _ => "the kernel does not answer",
    };

    /// <summary>
    /// Calls back for consecutive attributes, each with its type without flags; stops at one that does not fit.
    /// </summary>
    public static void Attributes(ReadOnlySpan<byte> attributes, Action<int, ReadOnlySpan<byte>> each)
    {
        const int TypeBits = 0x3fff;
        while (attributes.Length >= AttributeHeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < AttributeHeaderBytes || length > attributes.Length)
            {
                return;
            }

            each(
                BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & TypeBits,
                attributes[AttributeHeaderBytes..length]);
            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }
    }

    /// <summary>An attribute of a message: length, type, value, and zeros up to the next multiple of four.</summary>
    public static byte[] Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        var bytes = new byte[(AttributeHeaderBytes + value.Length + 3) & ~3];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(AttributeHeaderBytes + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), type);
        value.CopyTo(bytes.AsSpan(AttributeHeaderBytes));
        return bytes;
    }

    /// <summary>A name in the form that an attribute needs.</summary>
    public static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), 0];

    public void Dispose()
    {
        if (_socket >= 0)
        {
            _ = Close(_socket);
        }
    }

    private bool Tell(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        Span<byte> request = stackalloc byte[HeaderBytes + body.Length];
        Frame(request, type, flags, body);
        fixed (byte* question = request)
        {
            return _socket >= 0 && Send(_socket, question, (nuint)request.Length, 0) == request.Length;
        }
    }

    private void Frame(Span<byte> request, ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, HeaderBytes + body.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], (ushort)(flags | IsRequest));
        BinaryPrimitives.WriteUInt32LittleEndian(request[8..], ++_sequence);
        body.CopyTo(request[HeaderBytes..]);
    }

    /// <summary>A message with its header, padded with zeros to the next multiple of four.</summary>
    private byte[] Framed(ushort type, ushort flags, byte[] body)
    {
        var request = new byte[(HeaderBytes + body.Length + 3) & ~3];
        Frame(request, type, flags, body);
        return request;
    }

    private int Take(Span<byte> answer, int flags)
    {
        fixed (byte* reply = answer)
        {
            return (int)Receive(_socket, reply, (nuint)answer.Length, flags);
        }
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
