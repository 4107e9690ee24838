namespace GaleraGate.Domain.Events;

/// <summary>The address family of a rule.</summary>
public enum Family
{
    Ipv4,
    Ipv6,

    /// <summary>Both: one nftables rule serves them.</summary>
    Inet,
}

/// <summary>A redirect rule was added: clients of this address family reach the server.</summary>
/// <param name="Change">family, rule, argv, exitCode, elapsed</param>
public sealed record RedirectAdded(RuleChange Change) : AuditEvent;

/// <summary>A redirect rule was removed.</summary>
/// <param name="Change">the same</param>
public sealed record RedirectRemoved(RuleChange Change) : AuditEvent;

/// <summary>The chain, its anchor or a jump to it was added. The redirect needs these.</summary>
/// <param name="Change">the same</param>
public sealed record RuleAdded(RuleChange Change) : AuditEvent;

/// <summary>The chain, its anchor or a jump to it was removed.</summary>
/// <param name="Change">the same</param>
public sealed record RuleRemoved(RuleChange Change) : AuditEvent;

/// <summary>
/// The rules could not be read or changed. The daemon tries again until it works. Identical failures in a row are
/// recorded once.
/// </summary>
/// <param name="Change">the same; an empty rule if they could not be read</param>
/// <param name="StandardError">the command's error output</param>
public sealed record RedirectChangeFailed(RuleChange Change, string StandardError) : AuditEvent
{
    /// <summary>Failures with the same text are the same failure.</summary>
    internal string Failure => $"{Change.ExitCode}: {StandardError}";
}

/// <summary>
/// A redirect rule exists that no event added, or one is missing that no event removed. Another program changed the
/// rules, the host was rebooted, or a daemon was killed between a change and its event.
/// </summary>
/// <param name="Family">ipv4, ipv6, or inet for a rule that serves both</param>
/// <param name="Rule">the rule</param>
/// <param name="IsThere">whether it exists</param>
/// <param name="IsRedirect">false for the chain, its anchor and the jumps to it; missing in older journals:
/// true</param>
public sealed record DriftFound(Family Family, string Rule, bool IsThere, bool IsRedirect = true) : AuditEvent;

/// <summary>The rules are correct again, after another program had changed them.</summary>
/// <param name="Family">ipv4, ipv6, or inet for a rule that serves both</param>
/// <param name="Rules">how many were added or removed to correct them; 0 if only their order had changed</param>
/// <param name="Elapsed">how long the command took</param>
public sealed record DriftMended(Family Family, int Rules, TimeSpan Elapsed) : AuditEvent;

/// <summary>
/// The connections that clients had made through the gate before it closed were reset (<c>--on-close</c>,
/// <c>--on-close-lost</c>).
/// </summary>
/// <param name="Opened">the seq of the opening during which they connected</param>
/// <param name="Count">how many</param>
/// <param name="Failure">why not all of them; missing if all were</param>
public sealed record ConnectionsReset(long Opened, int Count, string? Failure = null) : AuditEvent;

/// <summary>
/// The lease is active: the redirect works as long as the daemon refreshes it. Each daemon records this once for each
/// opening, and again after a failure.
/// </summary>
/// <param name="Opened">the seq of the opening</param>
/// <param name="Length">how long the lease lives without a refresh</param>
public sealed record LeaseArmed(long Opened, TimeSpan Length) : AuditEvent;

/// <summary>
/// The lease expired because it was not refreshed. Clients were refused from then on, whatever the rules were.
/// </summary>
/// <param name="Unrefreshed">for how long the running daemon had not refreshed it when it noticed; missing if a daemon
/// notices it at start</param>
/// <param name="Refreshed">when it was last refreshed, if a daemon notices it at start and knows; else missing</param>
public sealed record LeaseLapsed(TimeSpan? Unrefreshed, Instant? Refreshed = null) : AuditEvent;

/// <summary>
/// The lease could not be refreshed, or another program removed it. The daemon tries again. Identical failures in a row
/// are recorded once.
/// </summary>
/// <param name="Why">why</param>
public sealed record LeaseFailed(string Why) : AuditEvent;

/// <summary>One change of one rule.</summary>
/// <param name="Family">The rule's address family.</param>
/// <param name="Rule">The rule as iptables -S prints it, or as nft adds it; empty if the rules could not be
/// read.</param>
/// <param name="Argv">The command that made the change; <c>netlink nf_tables</c> if no command was needed.</param>
/// <param name="ExitCode">Its exit code, or the kernel's error number; -1 if it could not be started or did not end in
/// time.</param>
/// <param name="Elapsed">How long the command took.</param>
public sealed record RuleChange(Family Family, string Rule, string Argv, int ExitCode, TimeSpan Elapsed);
