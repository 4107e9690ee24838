namespace GaleraGate.Domain.Events;

/// <summary>The address family of a rule.</summary>
public enum Family
{
    Ipv4,
    Ipv6,

    /// <summary>Both: one rule of nftables serves them.</summary>
    Inet,
}

/// <summary>A redirect rule was added: clients of this family reach the server.</summary>
/// <param name="Change">family, rule, argv, exitCode, elapsed</param>
public sealed record RedirectAdded(RuleChange Change) : AuditEvent;

/// <summary>A redirect rule was removed.</summary>
/// <param name="Change">the same</param>
public sealed record RedirectRemoved(RuleChange Change) : AuditEvent;

/// <summary>The chain, its anchor or a jump to it was added: what the redirect needs around it.</summary>
/// <param name="Change">the same</param>
public sealed record RuleAdded(RuleChange Change) : AuditEvent;

/// <summary>One of these was removed.</summary>
/// <param name="Change">the same</param>
public sealed record RuleRemoved(RuleChange Change) : AuditEvent;

/// <summary>
/// The rules could not be read or changed; it is tried again until it works. Recorded once as long as it repeats alike.
/// </summary>
/// <param name="Change">the same; an empty rule if they could not be read</param>
/// <param name="StandardError">what the command said</param>
public sealed record RedirectChangeFailed(RuleChange Change, string StandardError) : AuditEvent
{
    /// <summary>Failures that are alike here are alike.</summary>
    internal string Failure => $"{Change.ExitCode}: {StandardError}";
}

/// <summary>
/// A redirect rule is there that no event added, or one is gone that no event removed. Another program changed the
/// rules, the host was booted, or a daemon was killed between a change and its event.
/// </summary>
/// <param name="Family">ipv4, ipv6, or inet for a rule that serves both</param>
/// <param name="Rule">the rule</param>
/// <param name="IsThere">whether it is there</param>
/// <param name="IsRedirect">
/// false for the chain, its anchor and the jumps to it; missing in older journals: true
/// </param>
public sealed record DriftFound(Family Family, string Rule, bool IsThere, bool IsRedirect = true) : AuditEvent;

/// <summary>The rules are again as they should be, after another program had changed them.</summary>
/// <param name="Family">ipv4, ipv6, or inet for a rule that serves both</param>
/// <param name="Rules">how many were added or removed for it; 0 if only their order was another</param>
/// <param name="Elapsed">how long the command took</param>
public sealed record DriftMended(Family Family, int Rules, TimeSpan Elapsed) : AuditEvent;

/// <summary>
/// The connections that clients had made through the gate before it closed were reset (<c>--on-close</c>,
/// <c>--on-close-lost</c>).
/// </summary>
/// <param name="Opened">the seq of the opening that let them in</param>
/// <param name="Count">how many</param>
/// <param name="Failure">why not all of them; missing if all were</param>
public sealed record ConnectionsReset(long Opened, int Count, string? Failure = null) : AuditEvent;

/// <summary>
/// The lease runs: the redirect works as long as the daemon refreshes it. Recorded by each daemon for each opening, and
/// again after trouble.
/// </summary>
/// <param name="Opened">the seq of the opening</param>
/// <param name="Length">how long it lives unrefreshed</param>
public sealed record LeaseArmed(long Opened, TimeSpan Length) : AuditEvent;

/// <summary>
/// The lease ended because it was not refreshed: clients were refused from then on, whatever the rules say.
/// </summary>
/// <param name="Unrefreshed">
/// how long the running daemon had not refreshed it when it found that; missing if a daemon that starts finds it
/// </param>
/// <param name="Refreshed">when it was last refreshed, as far as a daemon that starts knows; else missing</param>
public sealed record LeaseLapsed(TimeSpan? Unrefreshed, Instant? Refreshed = null) : AuditEvent;

/// <summary>
/// The lease could not be refreshed, or another program removed it; it is tried again. Recorded once as long as it
/// repeats alike.
/// </summary>
/// <param name="Why">why</param>
public sealed record LeaseFailed(string Why) : AuditEvent;

/// <summary>One change of one rule.</summary>
/// <param name="Family">The rule's family.</param>
/// <param name="Rule">
/// The rule as iptables -S prints it, or as nft adds it; empty where the rules could not be read.
/// </param>
/// <param name="Argv">The command that made the change; netlink nf_tables where none was needed.</param>
/// <param name="ExitCode">
/// Its exit code, or the kernel's error number; -1 where it could not be started or did not end in time.
/// </param>
/// <param name="Elapsed">How long the command took.</param>
public sealed record RuleChange(Family Family, string Rule, string Argv, int ExitCode, TimeSpan Elapsed);
