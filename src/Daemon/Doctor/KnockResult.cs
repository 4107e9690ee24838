using GaleraGate.Infrastructure.Knock;

namespace GaleraGate.Daemon.Doctor;

/// <summary>What a family's knock found.</summary>
/// <param name="Decides">A client met rules on its way that need not be read any more.</param>
internal sealed record KnockResult(Finding Finding, bool Decides);

/// <summary>Rules that let some sources in.</summary>
/// <param name="Met">What a client from there met; null when nobody could knock from there.</param>
internal sealed record ServedSources(IReadOnlyList<string> Rules, IReadOnlyList<Meeting>? Met);
