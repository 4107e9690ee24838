namespace GaleraGate.Domain.Galera;

/// <summary>An override by the operator: the only reason against an observation does not count.</summary>
public enum Waiver
{
    None,

    /// <summary>A donor that blocks, while every other known gate is closed (<c>--last-resort donor</c>).</summary>
    LastResort,

    /// <summary>A replica whose source was lost a short while ago (<c>--replica-grace</c>).</summary>
    ReplicaGrace,
}

/// <summary>The verdict on one observation: fit, or unfit with all the reasons that hold.</summary>
/// <param name="Waiver">The override that makes it fit; none for an unfit verdict.</param>
public readonly record struct Verdict(Reasons Reasons, NodeState NodeState, Waiver Waiver = Waiver.None)
{
    public const string LastResortName = "donor-last-resort";
    public const string ReplicaGraceName = "replica-grace";

    public bool IsFit => Reasons == Reasons.None;

    /// <summary>The name of the deciding factor: the first reason, or the kind of fitness.</summary>
    public string Headline => (IsFit, NodeState) switch
    {
        (false, _) => Reason.Headline(Reasons).Name,
        _ when Waiver == Waiver.LastResort => LastResortName,
        _ when Waiver == Waiver.ReplicaGrace => ReplicaGraceName,
        (_, NodeState.Donor) => "donor-nonblocking",
        (_, NodeState.Synced) => "synced",
        _ => "replicating",
    };

    /// <summary>How fast the verdict closes a gate; null for a fit one.</summary>
    public Pace? Pace => IsFit ? null : Reason.PaceOf(Reasons);

    public Verdict With(Reasons further) =>
        further == Reasons.None ? this : new Verdict(Reasons | further, NodeState);

    /// <summary>The override behind a fit verdict with this headline.</summary>
    public static Waiver WaiverOf(string? headline) => headline switch
    {
        LastResortName => Waiver.LastResort,
        ReplicaGraceName => Waiver.ReplicaGrace,
        _ => Waiver.None,
    };
}
