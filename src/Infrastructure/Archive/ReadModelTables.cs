using System.Text.Json;
using GaleraGate.Domain.Audit;
using GaleraGate.Infrastructure.Json;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// The tables beside Marten's own from which questions are answered. All rows follow from the events: rows are only
/// ever added, and <see cref="ArchiveRebuild"/> makes all of them again.
/// </summary>
internal sealed record ReadModelTables(string Schema)
{
    public string Closures { get; init; } = $"{Schema}.galeragate_closures";

    public string Snapshots { get; init; } = $"{Schema}.galeragate_snapshots";

    /// <summary>
    /// Empty tables, for an archive whose owner has not run <c>archive init</c> since they were introduced.
    /// </summary>
    public ReadModelTables Empty => this with
    {
        Closures = "(SELECT '' AS stream_id, 0::bigint AS seq, now() AS began, now() AS ended, '' AS closure "
            + "WHERE false) AS none",
        Snapshots = "(SELECT '' AS stream_id, 0::bigint AS version, now() AS at, ARRAY[]::bigint[] AS carried, "
            + "'' AS closures WHERE false) AS none",
    };

    /// <summary>The statements that create the tables if they are missing.</summary>
    public IEnumerable<string> Create =>
    [
        // Serves queries by time, in addition to Marten's own index (stream, version).
        $"CREATE INDEX IF NOT EXISTS galeragate_events_by_time ON {Schema}.mt_events (stream_id, timestamp)",
        $"""
        CREATE INDEX IF NOT EXISTS galeragate_notes ON {Schema}.mt_events (stream_id, version)
        WHERE type = 'Annotated'
        """,
        $"""
        CREATE TABLE IF NOT EXISTS {Closures} (
            stream_id varchar NOT NULL, seq bigint NOT NULL, began timestamptz NOT NULL, ended timestamptz NOT NULL,
            reason text NOT NULL, planned boolean NOT NULL, closure text NOT NULL, version bigint NOT NULL,
            PRIMARY KEY (stream_id, seq))
        """,
        $"CREATE INDEX IF NOT EXISTS galeragate_closures_by_begin ON {Closures} (stream_id, began)",
        $"CREATE INDEX IF NOT EXISTS galeragate_closures_by_end ON {Closures} (stream_id, ended)",
        $"""
        CREATE TABLE IF NOT EXISTS {Snapshots} (
            stream_id varchar NOT NULL, version bigint NOT NULL, at timestamptz NOT NULL, carried bigint[] NOT NULL,
            closures text, PRIMARY KEY (stream_id, version))
        """,
        $"CREATE INDEX IF NOT EXISTS galeragate_snapshots_by_time ON {Snapshots} (stream_id, at, version)",
        // Roles that may ship or read keep their rights on the new tables.
        $"""
        DO $do$
        DECLARE given record;
        BEGIN
            FOR given IN
                SELECT privilege_type, CASE grantee WHEN 'PUBLIC' THEN 'PUBLIC' ELSE quote_ident(grantee) END AS grantee
                FROM information_schema.role_table_grants
                WHERE table_schema = '{Schema}' AND table_name = 'mt_events' AND grantee <> current_user
                    AND privilege_type IN ('SELECT', 'INSERT')
            LOOP
                EXECUTE 'GRANT ' || given.privilege_type || ' ON {Closures}, {Snapshots} TO ' || given.grantee;
            END LOOP;
        END $do$
        """,
    ];

    /// <summary>
    /// The rows for a snapshot and for the closures that ended by it, each as a statement with ? for its values.
    /// </summary>
    public IEnumerable<(string Statement, object[] Values)> Rows(string stream, Snapshot snapshot)
    {
        foreach (var closure in snapshot.Ended)
        {
            yield return (
                $"INSERT INTO {Closures} VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    stream,
                    closure.Seq,
                    closure.From.Utc.ToUniversalTime(),
                    closure.To!.Value.Utc.ToUniversalTime(),
                    closure.Reason,
                    closure.IsPlanned,
                    JsonSerializer.Serialize(closure, ClosureJson.Default.Closure),
                    snapshot.Version,
                ]);
        }

        yield return (
            $"INSERT INTO {Snapshots} VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [
                stream,
                snapshot.Version,
                snapshot.At.ToUniversalTime(),
                snapshot.Carried.ToArray(),
                JsonSerializer.Serialize(snapshot.End!, ClosureJson.Default.ClosureState),
            ]);
    }

    /// <summary>A statement with $1, $2 … instead of its question marks.</summary>
    public static string Numbered(string statement)
    {
        var parts = statement.Split('?');
        return string.Concat(parts.Select((part, i) => i + 1 < parts.Length ? $"{part}${i + 1}" : part));
    }

    public static Closure ClosureOf(string text) => JsonSerializer.Deserialize(text, ClosureJson.Default.Closure)!;

    public static ClosureState? EndOf(string text) =>
        JsonSerializer.Deserialize(text, ClosureJson.Default.ClosureState);

    /// <summary>Whether the tables exist and may be read.</summary>
    public async Task<bool> ExistAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand(
            "SELECT COALESCE(bool_and(has_table_privilege(to_regclass(name), 'SELECT')), false) "
            + "FROM unnest($1) AS name");
        _ = command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [Closures, Snapshots] });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }
}
