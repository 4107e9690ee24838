using System.Text;
using System.Text.Json;
using Npgsql;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>Distinguishes a refusal caused by the event itself from any other failure of the archive.</summary>
internal static class RefusedData
{
    /// <summary>The classes of PostgreSQL errors about the data: data exception, program limit exceeded.</summary>
    private static readonly string[] Classes = ["22", "54"];

    /// <summary>Why the event was refused, without any of its data; null for any other failure.</summary>
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
