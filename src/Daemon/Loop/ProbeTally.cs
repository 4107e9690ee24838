using GaleraGate.Domain;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Daemon.Loop;

/// <summary>How many probes there were, how many of them failed, and the last.</summary>
/// <param name="Answered">When the server last answered; null before its first answer.</param>
internal sealed record ProbeTally(
    long Probes, long Failed, Instant Ended, TimeSpan Took, ProbeError Error, Instant? Answered);
