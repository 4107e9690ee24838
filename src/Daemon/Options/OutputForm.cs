namespace GaleraGate.Daemon.Options;

/// <summary>The form in which rows are printed.</summary>
internal enum OutputForm
{
    /// <summary>For people: fits the terminal and wraps.</summary>
    Table,

    /// <summary>One line for each row, however long, with all columns.</summary>
    Wide,

    /// <summary>The same as <c>--json</c>.</summary>
    Json,

    /// <summary>Only the identifier of each row, for scripts.</summary>
    Name,
}
