namespace GaleraGate.Daemon.Audit;

/// <summary>What a reading can leave out without telling another story.</summary>
internal enum AuditScope
{
    /// <summary>Single events: by time, type and node.</summary>
    Filtered,

    /// <summary>The same, and more as it comes.</summary>
    Followed,

    /// <summary>Every event from the first on, of the nodes asked for: what is folded must be whole.</summary>
    Whole,

    /// <summary>Every event of one node.</summary>
    OneNode,

    /// <summary>All of a time and some nodes, for a page that has a form of its own.</summary>
    Page,
}
