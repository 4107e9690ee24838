using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>The address families that this host supports.</summary>
public static class Families
{
    /// <summary>Includes IPv6 only if the kernel has it.</summary>
    public static IReadOnlyList<Family> OfThisHost() =>
        File.Exists("/proc/net/if_inet6") ? [Family.Ipv4, Family.Ipv6] : [Family.Ipv4];
}
