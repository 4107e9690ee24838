using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>How an observation was judged, and how the data disk was when it was made.</summary>
/// <param name="Server">The judgement of what the server answered, and of nothing else.</param>
/// <param name="DiskTrouble">Why the data disk does not take writes in time; null where it does, or nobody
/// looks.</param>
public readonly record struct Judgement(Verdict Server, string? DiskTrouble)
{
    /// <summary>The verdict in force under these holds. Nothing else puts one together.</summary>
    public Verdict Under(Holds holds) =>
        Server
            .With(DiskTrouble is null ? Reasons.None : Reasons.Disk)
            .With(holds == Holds.None ? Reasons.None : Reasons.Held);

    /// <summary>Server or disk were seen to be unfit; a disk that has not answered yet was not seen.</summary>
    public bool ShowsUnfit => !(DiskTrouble == GateState.DiskUnknown ? Server : Under(Holds.None)).IsFit;
}
