namespace GaleraGate.Infrastructure.Journal;

/// <summary>The result of verifying a whole journal.</summary>
/// <param name="Events">How many lines are correct, without interruption, from the first.</param>
/// <param name="Bytes">How many bytes of text were read.</param>
/// <param name="HeadSeq">The seq and the hash of the last of them.</param>
/// <param name="Problem">The first problem and its place; null if none.</param>
public sealed record JournalProof(long Events, long Bytes, long HeadSeq, string Head, string? Problem)
{
    /// <summary>
    /// Why the newest events may be missing although all existing ones are correct; null if there is no sign of that.
    /// </summary>
    public string? Warning { get; init; }

    /// <summary>The last seq that retention deleted during the check; null if it deleted nothing.</summary>
    public long? Dropped { get; init; }
}
