using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The text of the poll. SHOW alone answers in every state of the node and needs no privilege. SESSION STATUS, because GLOBAL walks every
/// connection under a lock first; the values asked for are the same.
/// </summary>
public static class ShowStatements
{
    /// <summary>With sync_wait covering SHOW, status would wait behind flow control.</summary>
    public const string AfterConnect = "SET SESSION wsrep_sync_wait=0";

    public static string Poll { get; } =
        $"SHOW SESSION STATUS WHERE Variable_name IN ({Names(VariableSource.Status)}); " +
        $"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({Names(VariableSource.System)})";

    private static string Names(VariableSource source) =>
        string.Join(", ", ObservedVariable.All.Where(row => row.Source == source).Select(row => $"'{row.Name}'"));
}
