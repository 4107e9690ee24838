namespace GaleraGate.Domain.Events;

/// <summary>The first fit observation of a row.</summary>
/// <param name="Rise">the gate opens after this many in a row</param>
/// <param name="OpenAfter">and this much time since the first of them</param>
public sealed record GateOpening(int Rise, TimeSpan OpenAfter) : AuditEvent;

/// <summary>The gate is open; the redirect follows as soon as this event is on disk.</summary>
/// <param name="Reason">the kind of fitness</param>
public sealed record GateOpened(string Reason) : AuditEvent;

/// <summary>
/// A daemon that started found the redirect of an earlier opening in place and took it over; the first unfit verdict
/// closes it.
/// </summary>
/// <param name="Opened">the seq of that opening</param>
public sealed record GateAdopted(long Opened) : AuditEvent;

/// <summary>The first unfit observation of a row, for a debounced reason.</summary>
/// <param name="Reason">the headline of the verdict</param>
/// <param name="Fall">the gate closes after this many in a row</param>
/// <param name="CloseAfter">and this much time since the first of them</param>
public sealed record GateClosing(string Reason, int Fall, TimeSpan CloseAfter) : AuditEvent;

/// <summary>The gate is closed.</summary>
/// <param name="Reason">the headline of the verdict, or <c>held</c>, <c>stopped</c> or <c>lease-lapsed</c></param>
/// <param name="Planned">an operator wanted it: it adds no penalty</param>
/// <param name="OpenAfter">how long the node must be fit before the gate opens again</param>
/// <param name="Penalty">the flap penalty from now on</param>
public sealed record GateClosed(string Reason, bool Planned, TimeSpan OpenAfter, double Penalty) : AuditEvent;

/// <summary>A fit observation came before the gate was closed.</summary>
public sealed record GateStayedOpen : AuditEvent;

/// <summary>An unfit observation, a hold or a stop came before the gate was opened.</summary>
/// <param name="Reason">the headline of the verdict, or <c>held</c> or <c>stopped</c></param>
public sealed record GateStayedClosed(string Reason) : AuditEvent;
