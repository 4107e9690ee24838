namespace GaleraGate.Domain.Gate;

/// <summary>The redirect that should be in place now.</summary>
/// <param name="Opened">The seq of the opening whose redirect should be in place; null for no redirect, only the chain
/// and its anchor.</param>
/// <param name="Cause">The seq of the event that requires it.</param>
public sealed record Redirect(long? Opened, long? Cause)
{
    /// <summary>
    /// Derived from the state. Closing waits for nothing. Opening waits until its event is on disk, or until the
    /// journal reports that the disk cannot be written (unless the policy requires the journal); once granted, trouble
    /// with the disk does not withdraw it. Null: not decided yet, leave the rules as they are.
    /// </summary>
    public static Redirect? Wanted(GateState state, GateMemory memory)
    {
        if (Granted(state, memory) is { } opened)
        {
            return new Redirect(opened, opened);
        }

        return IsUndecided(state, memory) ? null : new Redirect(null, state.ClosedBy);
    }

    /// <summary>
    /// The opening in force that clients may use; null while the gate is closed, or while its opening waits for the
    /// disk.
    /// </summary>
    public static long? Granted(GateState state, GateMemory memory) =>
        state.Phase.LetsTrafficIn() && (memory.Granted == state.Opened || IsRecorded(state.Opened!.Value, memory))
            ? state.Opened
            : null;

    /// <summary>
    /// True if every address family's rules are as wanted, and the lease of an open gate is active (if there is one).
    /// </summary>
    public static bool IsReached(GateState state, GateMemory memory) =>
        Wanted(state, memory) is { } wanted
        && memory.TablesHold(wanted.Opened)
        && (memory.Lease is null || wanted.Opened is null || state.Leased == wanted.Opened);

    private static bool IsRecorded(long opened, GateMemory memory) =>
        opened <= memory.Synced || (memory.JournalTrouble is not null && !memory.Policy.Gate.RequireJournal);

    /// <summary>
    /// A redirect of the previous run may still be in place and has not been looked for yet. The first unfit
    /// observation decides it.
    /// </summary>
    private static bool IsUndecided(GateState state, GateMemory memory) =>
        state.Phase is GatePhase.Closed or GatePhase.Opening
        && state.Adoptable is not null
        && !memory.UnfitSeen
        && memory.InPlace.Count < memory.Families.Count;
}
