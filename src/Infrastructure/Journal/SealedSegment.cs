namespace GaleraGate.Infrastructure.Journal;

/// <summary>A sealed segment. The seq and the hash of its last event were the journal's head at that point.</summary>
public sealed record SealedSegment(string Path, long HeadSeq, string Head);
