using GaleraGate.Domain;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>The last event of a journal that is on disk and synced, so it survives a power cut.</summary>
/// <param name="Seq">Its seq; 0 for a journal without events.</param>
/// <param name="Hash">Its hash, which the next event names.</param>
/// <param name="Ran">How long the host had run by then.</param>
public sealed record JournalHead(long Seq, string Hash, RunningTime Ran)
{
    public static JournalHead None { get; } = new(0, HashChain.Genesis, default);
}
