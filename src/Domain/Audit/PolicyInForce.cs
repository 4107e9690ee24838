using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Audit;

/// <summary>The policy in force, from the events.</summary>
public static class PolicyInForce
{
    /// <summary>The settings in force after an event.</summary>
    public static IReadOnlyDictionary<string, string> After(
        IReadOnlyDictionary<string, string> policy, AuditEvent @event) => @event switch
        {
            DaemonStarted started => started.Policy,
            PolicyChanged changed => Policy.Create(policy).With(changed.Changes).Settings,
            _ => policy,
        };
}
