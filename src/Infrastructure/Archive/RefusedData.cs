using System.Text;
using System.Text.Json;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>Tells what an event itself is refused for from all that may be wrong with the archive.</summary>
internal static class RefusedData
{
    /// <summary>
    /// The classes of PostgreSQL's errors that are about the data: data exception, program limit exceeded.
    /// </summary>
    private static readonly string[] Classes = ["22", "54"];

    /// <summary>Why it is refused, without any of its data; null for another failure.</summary>
    public static string? Why(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case PostgresException refused:
                    return Classes.Any(of => refused.SqlState.StartsWith(of, StringComparison.Ordinal))
                        ? $"{refused.MessageText} ({refused.SqlState})"
                        : null;
                case JsonException or EncoderFallbackException:
                    return $"it cannot be written ({e.GetType().Name})";
                default:
                    break;
            }
        }

        return null;
    }
}
