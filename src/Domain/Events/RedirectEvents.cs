namespace GaleraGate.Domain.Events;

/// <summary>One address family of the tables.</summary>
public enum Family
{
    Ipv4,
    Ipv6,
}

/// <summary>A redirect rule came into the tables: clients of this family reach the server.</summary>
public sealed record RedirectAdded(RuleChange Change) : AuditEvent;

/// <summary>A redirect rule left the tables.</summary>
public sealed record RedirectRemoved(RuleChange Change) : AuditEvent;

/// <summary>The chain, its anchor or a jump to it came into the tables: what the redirect needs around it.</summary>
public sealed record RuleAdded(RuleChange Change) : AuditEvent;

/// <summary>A rule of ours that is no redirect left the tables.</summary>
public sealed record RuleRemoved(RuleChange Change) : AuditEvent;

/// <summary>The tables could not be read or changed; it is tried again until it works. Repeated alike, it is recorded once.</summary>
public sealed record RedirectChangeFailed(RuleChange Change, string StandardError) : AuditEvent
{
    /// <summary>Failures that are alike here are alike.</summary>
    internal string Failure => $"{Change.ExitCode}: {StandardError}";
}

/// <summary>
/// The tables do not hold what was recorded: a redirect rule is there that no event brought, or one is gone that no event took away. Somebody else
/// changed them, the host was booted, or a daemon was killed between a change and its event.
/// </summary>
/// <param name="IsRedirect">False for the chain, its anchor and the jumps to it.</param>
public sealed record DriftFound(Family Family, string Rule, bool IsThere, bool IsRedirect = true) : AuditEvent;

/// <summary>The tables hold again what they should, after somebody else had changed them.</summary>
/// <param name="Rules">How many rules came or went for it; 0 where only their order was another.</param>
/// <param name="Elapsed">How long the command took.</param>
public sealed record DriftMended(Family Family, int Rules, TimeSpan Elapsed) : AuditEvent;

/// <summary>The connections that clients had made through the gate before it closed were reset.</summary>
/// <param name="Opened">The seq of the opening that let them in.</param>
/// <param name="Count">How many.</param>
/// <param name="Failure">Why not all of them; null where all were.</param>
public sealed record ConnectionsReset(long Opened, int Count, string? Failure = null) : AuditEvent;

/// <summary>The lease runs: the redirect works as long as the daemon refreshes it. Recorded by each daemon for each opening, and again where it was in trouble meanwhile.</summary>
/// <param name="Opened">The seq of the opening.</param>
/// <param name="Length">How long it lives unrefreshed.</param>
public sealed record LeaseArmed(long Opened, TimeSpan Length) : AuditEvent;

/// <summary>The lease ended because nobody refreshed it: clients were refused from then on, whatever the rules say.</summary>
/// <param name="Unrefreshed">How long the running daemon had not refreshed it when it found that; null where a daemon that starts finds it.</param>
/// <param name="Refreshed">When it was last refreshed, as far as a daemon that starts knows; else missing.</param>
public sealed record LeaseLapsed(TimeSpan? Unrefreshed, Instant? Refreshed = null) : AuditEvent;

/// <summary>The lease could not be refreshed, or somebody else took it away; it is tried again. Repeated alike, it is recorded once.</summary>
public sealed record LeaseFailed(string Why) : AuditEvent;

/// <summary>One change of one rule.</summary>
/// <param name="Family">The table's family.</param>
/// <param name="Rule">The rule as iptables -S prints it; empty where the tables could not be read.</param>
/// <param name="Argv">The command that made the change.</param>
/// <param name="ExitCode">Its exit code; -1 where it could not be started or did not end in time.</param>
/// <param name="Elapsed">How long the command took.</param>
public sealed record RuleChange(Family Family, string Rule, string Argv, int ExitCode, TimeSpan Elapsed);
