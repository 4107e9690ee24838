using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>The judgement of an observation, and the state of the data disk when it was made.</summary>
/// <param name="Server">The verdict on the server's answer alone.</param>
/// <param name="DiskTrouble">Why the data disk does not complete writes in time; null if it does, or if it is not
/// probed.</param>
public readonly record struct Judgement(Verdict Server, string? DiskTrouble)
{
    /// <summary>The verdict in force under these holds. No other code combines these into a verdict.</summary>
    public Verdict Under(Holds holds) =>
        Server
            .With(DiskTrouble is null ? Reasons.None : Reasons.Disk)
            .With(holds == Holds.None ? Reasons.None : Reasons.Held);

    /// <summary>The server or the disk was seen to be unfit; a disk that has not answered yet was not.</summary>
    public bool ShowsUnfit => !(DiskTrouble == GateState.DiskUnknown ? Server : Under(Holds.None)).IsFit;
}
