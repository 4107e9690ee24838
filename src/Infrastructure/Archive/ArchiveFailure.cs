using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>
/// Describes a failure of the archive in one line for people. Marten wraps PostgreSQL's error together with the
/// statement; the cause is the inner exception.
/// </summary>
public static class ArchiveFailure
{
    /// <summary>Whether PostgreSQL refused or could not be reached; any other exception is a bug or bad data.</summary>
    public static bool IsOfDatabase(Exception exception) => Cause(exception) is NpgsqlException;

    /// <summary>Whether PostgreSQL answered and refused the statement.</summary>
    public static bool IsOfStatement(Exception exception) => Cause(exception) is PostgresException;

    public static string Words(Exception exception)
    {
        var words = Cause(exception) switch
        {
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } =>
                "this PostgreSQL is a standby and takes no writes: name the primary, or all hosts with Target Session "
                + "Attributes=primary",
            PostgresException
            {
                SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedFunction
                    or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName,
            } e => $"the archive's schema is missing, or older than this version ({e.MessageText}): its owner runs "
                + "galeragate archive init",
            PostgresException e => $"{e.SqlState}: {e.MessageText}",
            var e => e.Message,
        };
        return string.Concat(words.ReplaceLineEndings(" ").Select(c => char.IsControl(c) ? ' ' : c));
    }

    /// <summary>The innermost PostgreSQL error, else the innermost Npgsql error, else the exception itself.</summary>
    private static Exception Cause(Exception exception)
    {
        var chain = new List<Exception>();
        for (var e = exception; e is not null; e = e.InnerException)
        {
            chain.Add(e);
        }

        return chain.FindLast(e => e is PostgresException) ?? chain.FindLast(e => e is NpgsqlException) ?? exception;
    }
}
