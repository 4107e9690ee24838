using Npgsql;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Where the archive is: an Npgsql connection string, or a file that contains it, so that no password is on a command
/// line.
/// </summary>
internal sealed record ArchiveAddress(NpgsqlConnectionStringBuilder Connection, string Schema)
{
    private const int SecondsToConnect = 5;

    /// <summary>The archive of these settings.</summary>
    /// <param name="given">The value, if it comes from another option than --archive.</param>
    /// <exception cref="FormatException">It is neither; the message never contains the value.</exception>
    public static ArchiveAddress Of(Settings settings, string? given = null)
    {
        var file = given is null ? settings.FileOf(OptionTable.Archive.Name) : null;
        given ??= settings.Text(OptionTable.Archive.Name);
        var text = given;
        if (!given.Contains('=', StringComparison.Ordinal))
        {
            try
            {
                text = File.ReadAllText(given).Trim();
                file = given;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new FormatException(
                    $"--archive: {given} is not a connection string such as Host=db;Database=audit, and as a file it "
                    + $"cannot be read: {e.Message.ReplaceLineEndings(" ")}",
                    e);
            }
        }

        try
        {
            var connection = new NpgsqlConnectionStringBuilder(text);
            if (file is not null && connection.Password is { Length: > 0 })
            {
                SecretFile.MustBePrivate(file, settings);
            }

            connection.ApplicationName ??= "galeragate";
            connection.Timeout = Math.Min(connection.Timeout, SecondsToConnect);
            return connection.Host is { Length: > 0 }
                ? new ArchiveAddress(connection, settings.Text(OptionTable.ArchiveSchema.Name))
                : throw new FormatException("--archive: the connection string names no Host");
        }
        catch (ArgumentException)
        {
            // The parser's own message would repeat the value.
            throw new FormatException(
                "--archive: this is not an Npgsql connection string, which looks like "
                + "Host=db;Database=audit;Username=galeragate;Password=…");
        }
    }

    public NpgsqlDataSource Open() => NpgsqlDataSource.Create(Connection);
}
