namespace GaleraGate.Infrastructure.Journal;

/// <summary>A segment that was sealed: the seq and the hash of its last event are the journal's head then.</summary>
public sealed record SealedSegment(string Path, long HeadSeq, string Head);
