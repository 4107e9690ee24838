namespace GaleraGate.Infrastructure.Linux;

/// <summary>The part of the kernel that answers over a netlink socket, or a simulation of it.</summary>
internal interface INetlink : IDisposable
{
    /// <summary>Sends a message and receives the answer to it, header first.</summary>
    /// <returns>The length of the answer; 0 if none came.</returns>
    int Ask(ushort type, ushort flags, ReadOnlySpan<byte> body, Span<byte> answer);

    /// <summary>Sends messages that the kernel applies all or not at all.</summary>
    /// <returns>The error number of the first one refused; 0 if all were applied.</returns>
    int AskAll(IReadOnlyList<NetlinkMessage> messages);

    /// <summary>Requests a list.</summary>
    /// <returns>The error number; 0 if the whole list came.</returns>
    int List(ushort type, ReadOnlySpan<byte> body, Netlink.Each each);
}
