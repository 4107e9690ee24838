namespace GaleraGate.Infrastructure.Journal;

/// <summary>What a check of a whole journal found.</summary>
/// <param name="Events">How many lines are right, one after the other from the first.</param>
/// <param name="Bytes">How many bytes of text were read.</param>
/// <param name="HeadSeq">The seq and the hash of the last of them.</param>
/// <param name="Problem">What is wrong first, and where; null when nothing is.</param>
public sealed record JournalProof(long Events, long Bytes, long HeadSeq, string Head, string? Problem)
{
    /// <summary>
    /// Why the newest events may be missing although nothing that is there is wrong; null when nothing speaks for it.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>
    /// The last seq that the retention dropped while the journal was checked; null when it dropped nothing.
    /// </summary>
    public long? Dropped { get; init; }
}
