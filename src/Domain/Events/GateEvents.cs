namespace GaleraGate.Domain.Events;

/// <summary>The first fit observation in a row.</summary>
/// <param name="Rise">the gate opens after this many fit observations in a row</param>
/// <param name="OpenAfter">and after this much time since the first of them</param>
public sealed record GateOpening(int Rise, TimeSpan OpenAfter) : AuditEvent;

/// <summary>The gate is open. The redirect follows as soon as this event is on disk.</summary>
/// <param name="Reason">the kind of fitness</param>
public sealed record GateOpened(string Reason) : AuditEvent;

/// <summary>
/// A daemon that started found the redirect of an earlier opening in place and adopted it. The first unfit verdict
/// closes it.
/// </summary>
/// <param name="Opened">the seq of that opening</param>
public sealed record GateAdopted(long Opened) : AuditEvent;

/// <summary>The first unfit observation in a row, for a debounced reason.</summary>
/// <param name="Reason">the headline of the verdict</param>
/// <param name="Fall">the gate closes after this many unfit observations in a row</param>
/// <param name="CloseAfter">and after this much time since the first of them</param>
public sealed record GateClosing(string Reason, int Fall, TimeSpan CloseAfter) : AuditEvent;

/// <summary>The gate is closed.</summary>
/// <param name="Reason">the headline of the verdict, or <c>held</c>, <c>stopped</c> or <c>lease-lapsed</c></param>
/// <param name="Planned">an operator caused it: it adds no penalty</param>
/// <param name="OpenAfter">how long the node must be fit before the gate opens again</param>
/// <param name="Penalty">the flap penalty from now on</param>
public sealed record GateClosed(string Reason, bool Planned, TimeSpan OpenAfter, double Penalty) : AuditEvent;

/// <summary>A fit observation arrived before the gate was closed.</summary>
public sealed record GateStayedOpen : AuditEvent;

/// <summary>An unfit observation, a hold or a stop arrived before the gate was opened.</summary>
/// <param name="Reason">the headline of the verdict, or <c>held</c> or <c>stopped</c></param>
public sealed record GateStayedClosed(string Reason) : AuditEvent;
