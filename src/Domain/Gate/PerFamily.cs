using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>One value for each address family, and one for rules that serve both.</summary>
public readonly record struct PerFamily<T>(T Ipv4, T Ipv6, T Inet)
{
    public T Of(Family family) => family switch
    {
        Family.Ipv4 => Ipv4,
        Family.Ipv6 => Ipv6,
        Family.Inet => Inet,
    };

    public PerFamily<T> With(Family family, T value) => family switch
    {
        Family.Ipv4 => this with { Ipv4 = value },
        Family.Ipv6 => this with { Ipv6 = value },
        Family.Inet => this with { Inet = value },
    };
}
