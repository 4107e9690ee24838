using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>The families of addresses that this host speaks.</summary>
public static class Families
{
    /// <summary>IPv6 only where the kernel has it.</summary>
    public static IReadOnlyList<Family> OfThisHost() =>
        File.Exists("/proc/net/if_inet6") ? [Family.Ipv4, Family.Ipv6] : [Family.Ipv4];
}
