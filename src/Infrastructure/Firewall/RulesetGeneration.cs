using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The generation of the nf_tables ruleset: the kernel counts each change in this network namespace, whoever makes it, and answers over netlink in
/// microseconds. So the tables are worth listing only when the number has moved. The legacy tables have no such number.
/// </summary>
public sealed unsafe partial class RulesetGeneration : IDisposable
{
    private const int FamilyNetlink = 16;
    private const int TypeRawCloseOnExec = 3 | 0x80000;
    private const int ProtocolNetfilter = 12;
    private const int DontWait = 0x40;
    private const ushort GetGeneration = (10 << 8) | 16; // subsystem nf_tables, NFT_MSG_GETGEN
    private const ushort NewGeneration = (10 << 8) | 15; // NFT_MSG_NEWGEN
    private const ushort GenerationId = 1; // NFTA_GEN_ID, 32 bits, big endian
    private const int HeaderBytes = 20; // nlmsghdr and nfgenmsg

    private readonly int _socket = Socket(FamilyNetlink, TypeRawCloseOnExec, ProtocolNetfilter);

    /// <summary>Asks the kernel; null where it does not say (no nf_tables, or no permission).</summary>
    public ulong? Read()
    {
        Span<byte> request = stackalloc byte[HeaderBytes];
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, HeaderBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], GetGeneration);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], 1); // NLM_F_REQUEST
        Span<byte> answer = stackalloc byte[512];
        fixed (byte* question = request, reply = answer)
        {
            if (_socket < 0 || Send(_socket, question, HeaderBytes, 0) != HeaderBytes)
            {
                return null;
            }

            var length = (int)Receive(_socket, reply, (nuint)answer.Length, DontWait);
            return length < HeaderBytes ? null : Parse(answer[..length]);
        }
    }

    public void Dispose()
    {
        if (_socket >= 0)
        {
            _ = Close(_socket);
        }
    }

    private static ulong? Parse(ReadOnlySpan<byte> answer)
    {
        if (BinaryPrimitives.ReadUInt16LittleEndian(answer[4..]) != NewGeneration)
        {
            return null;
        }

        for (var attribute = answer[HeaderBytes..]; attribute.Length >= 8;)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attribute);
            if (BinaryPrimitives.ReadUInt16LittleEndian(attribute[2..]) == GenerationId)
            {
                return BinaryPrimitives.ReadUInt32BigEndian(attribute[4..]);
            }

            var step = (length + 3) & ~3;
            if (step <= 0 || step > attribute.Length)
            {
                return null;
            }

            attribute = attribute[step..];
        }

        return null;
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
