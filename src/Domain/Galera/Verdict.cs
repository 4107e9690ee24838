namespace GaleraGate.Domain.Galera;

/// <summary>The judgement of one observation: fit, or unfit with all the reasons that hold.</summary>
public readonly record struct Verdict(Reasons Reasons, NodeState NodeState)
{
    public bool IsFit => Reasons == Reasons.None;

    /// <summary>The name of what decides: of the first reason, or of the kind of fitness.</summary>
    public string Headline => (IsFit, NodeState) switch
    {
        (false, _) => Reason.Headline(Reasons).Name,
        (_, NodeState.Donor) => "donor-nonblocking",
        (_, NodeState.Synced) => "synced",
        _ => "replicating",
    };

    /// <summary>How fast the verdict closes a gate; null for a fit one.</summary>
    public Pace? Pace => IsFit ? null : Reason.PaceOf(Reasons);

    public Verdict With(Reasons further) => this with { Reasons = Reasons | further };
}
