using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// What happened to one rule, as seen by the adapter that keeps the rules. The decider turns it into an event, or
/// ignores it.
/// </summary>
/// <param name="Change">The rule, and the command that changed it.</param>
public abstract record RuleFact(RuleChange Change);

/// <summary>The rule exists now and did not before.</summary>
/// <param name="IsRedirect">False for the chain, its anchor and the jumps to it.</param>
public sealed record RuleCame(RuleChange Change, bool IsRedirect) : RuleFact(Change);

/// <summary>The rule existed before and does not now.</summary>
/// <param name="IsRedirect">False for the chain, its anchor and the jumps to it.</param>
public sealed record RuleWent(RuleChange Change, bool IsRedirect) : RuleFact(Change);

/// <summary>The rules could not be read or changed.</summary>
public sealed record ChangeFailed(RuleChange Change, string StandardError) : RuleFact(Change);
