namespace GaleraGate.Domain.Galera;

/// <summary>What an operator lets pass: the only reason against an observation, which then does not count.</summary>
public enum Waiver
{
    None,

    /// <summary>A donor that blocks, while every other known gate is closed (<c>--last-resort donor</c>).</summary>
    LastResort,

    /// <summary>A replica whose source was lost a short while ago (<c>--replica-grace</c>).</summary>
    ReplicaGrace,
}

/// <summary>The judgement of one observation: fit, or unfit with all the reasons that hold.</summary>
/// <param name="Waiver">What a fit one owes its fitness to; none for an unfit one.</param>
public readonly record struct Verdict(Reasons Reasons, NodeState NodeState, Waiver Waiver = Waiver.None)
{
    public const string LastResortName = "donor-last-resort";
    public const string ReplicaGraceName = "replica-grace";

    public bool IsFit => Reasons == Reasons.None;

    /// <summary>The name of what decides: of the first reason, or of the kind of fitness.</summary>
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

    /// <summary>What a fit verdict of this headline owes its fitness to.</summary>
    public static Waiver WaiverOf(string? headline) => headline switch
    {
        LastResortName => Waiver.LastResort,
        ReplicaGraceName => Waiver.ReplicaGrace,
        _ => Waiver.None,
    };
}
