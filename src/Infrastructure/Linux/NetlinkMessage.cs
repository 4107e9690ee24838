namespace GaleraGate.Infrastructure.Linux;

/// <summary>One of several messages that are sent together.</summary>
/// <param name="Flags">In addition to the request flag.</param>
internal readonly record struct NetlinkMessage(ushort Type, ushort Flags, byte[] Body);
