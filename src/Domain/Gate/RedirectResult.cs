using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Gate;

/// <summary>What one command did to the rules of one family: which came and went, or why it failed.</summary>
/// <param name="Cause">The seq of the event that wanted it.</param>
/// <param name="Found">The redirect rules that were there before; null where nobody could look.</param>
/// <param name="Facts">One fact per rule.</param>
/// <param name="Elapsed">How long the change took; null where nothing had to be changed, or nothing could be.</param>
/// <param name="IsMend">The rules had been as wanted before: somebody else changed them.</param>
public sealed record RedirectResult(
    Family Family,
    long? Cause,
    IReadOnlyList<string>? Found,
    IReadOnlyList<RuleFact> Facts,
    TimeSpan? Elapsed = null,
    bool IsMend = false)
{
    /// <summary>
    /// What became of the rules that another backend had left, by family; empty once nothing is left.
    /// </summary>
    public IReadOnlyList<RedirectResult> Left { get; init; } = [];

    public bool HasFailed => Facts.Any(fact => fact is ChangeFailed) || Left.Any(left => left.HasFailed);

    public bool HasChanged => Facts.Count > 0 || Elapsed is not null || Left.Count > 0;
}
