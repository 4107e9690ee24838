using System.Buffers.Binary;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// The generation of the nf_tables rule set. The kernel counts each change in this network namespace, by any program,
/// and answers over netlink in microseconds. So the rules need to be listed only when the number has changed. The
/// legacy tables have no such number.
/// </summary>
public sealed class RulesetGeneration : IDisposable
{
    private const ushort GetGeneration = (10 << 8) | 16; // subsystem nf_tables, NFT_MSG_GETGEN
    private const ushort NewGeneration = (10 << 8) | 15; // NFT_MSG_NEWGEN
    private const ushort GenerationId = 1; // NFTA_GEN_ID, 32 bits, big endian

    private readonly INetlink _netlink;
    private readonly Lock _lock = new();

    public RulesetGeneration()
        : this(new Netlink(Netlink.Netfilter))
    {
    }

    internal RulesetGeneration(INetlink kernel) => _netlink = kernel;

    /// <summary>Asks the kernel; null if it does not answer (no nf_tables, or no permission).</summary>
    public ulong? Read()
    {
        Span<byte> answer = stackalloc byte[512];
        lock (_lock)
        {
            var length = _netlink.Ask(GetGeneration, 0, new byte[Netlink.NetfilterHeaderBytes], answer);
            return length == 0 ? null : Parse(answer[..length]);
        }
    }

    public void Dispose() => _netlink.Dispose();

    private static ulong? Parse(ReadOnlySpan<byte> answer)
    {
        if (Netlink.TypeOf(answer) != NewGeneration)
        {
            return null;
        }

        ulong? generation = null;
        Netlink.Attributes(answer[(Netlink.HeaderBytes + Netlink.NetfilterHeaderBytes)..], (type, value) =>
        {
            generation =
                type == GenerationId && value.Length >= sizeof(uint)
                    ? BinaryPrimitives.ReadUInt32BigEndian(value)
                    : generation;
        });
        return generation;
    }
}
