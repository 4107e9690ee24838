namespace GaleraGate.Domain.Events;

/// <summary>The first fit observation of a row: the gate opens after this many in a row and this much time.</summary>
public sealed record GateOpening(int Rise, TimeSpan OpenAfter) : AuditEvent;

/// <summary>The gate is open; the redirect follows as soon as this event is on disk.</summary>
public sealed record GateOpened(string Reason) : AuditEvent;

/// <summary>A daemon that started found the redirect of its predecessor's opening in place and took it over; the first unfit verdict closes it.</summary>
public sealed record GateAdopted(long Opened) : AuditEvent;

/// <summary>The first unfit observation of a row: the gate closes after this many in a row and this much time.</summary>
public sealed record GateClosing(string Reason, int Fall, TimeSpan CloseAfter) : AuditEvent;

/// <summary>The gate is closed.</summary>
/// <param name="Reason">The headline of the verdict, or <c>held</c> or <c>stopped</c>.</param>
/// <param name="Planned">An operator wanted it: it adds no penalty.</param>
/// <param name="OpenAfter">How long the node must be fit before the gate opens again.</param>
/// <param name="Penalty">The flap penalty from now on.</param>
public sealed record GateClosed(string Reason, bool Planned, TimeSpan OpenAfter, double Penalty) : AuditEvent;

/// <summary>A fit observation came before the gate was closed.</summary>
public sealed record GateStayedOpen : AuditEvent;

/// <summary>An unfit observation or a hold came before the gate was opened.</summary>
public sealed record GateStayedClosed(string Reason) : AuditEvent;
