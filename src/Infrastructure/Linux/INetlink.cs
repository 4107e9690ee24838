namespace GaleraGate.Infrastructure.Linux;

/// <summary>The part of the kernel that answers over a netlink socket, or the simulation of it.</summary>
internal interface INetlink : IDisposable
{
    /// <summary>Sends a message and takes the answer to it, header first.</summary>
    /// <returns>The length of the answer; 0 where none came.</returns>
    int Ask(ushort type, ushort flags, ReadOnlySpan<byte> body, Span<byte> answer);

    /// <summary>Sends messages together that the kernel takes all or none of.</summary>
    /// <returns>The error number of the first that it refused, 0 when it took all.</returns>
    int AskAll(IReadOnlyList<NetlinkMessage> messages);

    /// <summary>Asks for a list.</summary>
    /// <returns>The error number; 0 where the whole list came.</returns>
    int List(ushort type, ReadOnlySpan<byte> body, Netlink.Each each);
}
