using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>
/// What one command did to the rules of one address family: which rules were added or removed, or why it failed.
/// </summary>
/// <param name="Cause">The seq of the event that required it.</param>
/// <param name="Found">The redirect rules that existed before; null if they could not be listed.</param>
/// <param name="Facts">One fact for each rule.</param>
/// <param name="Elapsed">How long the change took; null if there was no change to make, or none was possible.</param>
/// <param name="IsMend">The rules had been as wanted before: another program changed them.</param>
public sealed record RedirectResult(
    Family Family,
    long? Cause,
    IReadOnlyList<string>? Found,
    IReadOnlyList<RuleFact> Facts,
    TimeSpan? Elapsed = null,
    bool IsMend = false)
{
    /// <summary>
    /// The results for rules that another backend had left, by address family; empty once none are left.
    /// </summary>
    public IReadOnlyList<RedirectResult> Left { get; init; } = [];

    public bool HasFailed => Facts.Any(fact => fact is ChangeFailed) || Left.Any(left => left.HasFailed);

    public bool HasChanged => Facts.Count > 0 || Elapsed is not null || Left.Count > 0;
}
