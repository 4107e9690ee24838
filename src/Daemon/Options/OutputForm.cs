namespace GaleraGate.Daemon.Options;

/// <summary>In which form rows are printed.</summary>
internal enum OutputForm
{
    /// <summary>For a person: fits the terminal, and wraps what does not.</summary>
    Table,

    /// <summary>One line a row, however long, with all that is known.</summary>
    Wide,

    /// <summary>What <c>--json</c> prints.</summary>
    Json,

    /// <summary>What names each row, for a script.</summary>
    Name,
}
