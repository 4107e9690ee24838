namespace GaleraGate.Daemon.Audit;

/// <summary>What a reading may leave out without giving a wrong answer.</summary>
internal enum AuditScope
{
    /// <summary>Single events: by time, type and node.</summary>
    Filtered,

    /// <summary>The same, and more as it comes.</summary>
    Followed,

    /// <summary>Every event of the chosen nodes, from the first on: a fold needs all events.</summary>
    Whole,

    /// <summary>Every event of one node.</summary>
    OneNode,

    /// <summary>All events of a period and some nodes, for a page with a format of its own.</summary>
    Page,
}
