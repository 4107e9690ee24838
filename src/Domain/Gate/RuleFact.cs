using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// What became of one rule, as the adapter that keeps the rules saw it. The decider makes an event of it, or none.
/// </summary>
/// <param name="Change">The rule, and the command that changed it.</param>
public abstract record RuleFact(RuleChange Change);

/// <summary>The rule is there now and was not before.</summary>
/// <param name="IsRedirect">False for the chain, its anchor and the jumps to it.</param>
public sealed record RuleCame(RuleChange Change, bool IsRedirect) : RuleFact(Change);

/// <summary>The rule was there before and is not now.</summary>
/// <param name="IsRedirect">False for the chain, its anchor and the jumps to it.</param>
public sealed record RuleWent(RuleChange Change, bool IsRedirect) : RuleFact(Change);

/// <summary>The rules could not be read or changed.</summary>
public sealed record ChangeFailed(RuleChange Change, string StandardError) : RuleFact(Change);
