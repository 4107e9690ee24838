using GaleraGate.Infrastructure.Knock;

namespace GaleraGate.Daemon.Doctor;

/// <summary>The result of the test for one address family.</summary>
/// <param name="Decides">A client passed the rules, so they need not be read.</param>
internal sealed record KnockResult(Finding Finding, bool Decides);

/// <summary>Rules that admit some sources.</summary>
/// <param name="Met">The result for a client from there; null if no test was possible from there.</param>
internal sealed record ServedSources(IReadOnlyList<string> Rules, IReadOnlyList<Meeting>? Met);
