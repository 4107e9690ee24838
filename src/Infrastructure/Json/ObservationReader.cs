using System.Text.Json;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Reads the answers that observations mostly are. Each resembles the one before, so it is made of that: what is the
/// same is neither copied nor made again.
/// </summary>
internal static class ObservationReader
{
    private static readonly IReadOnlyList<ObservedVariable> Rows = ObservedVariable.All;

    /// <summary>The answer that was read before.</summary>
    [ThreadStatic]
    private static Observation? _before;

    /// <summary>
    /// The observation; null, and the reader as it was, when it is not an answer as it is written here.
    /// </summary>
    public static Observation? Read(ref Utf8JsonReader reader)
    {
        var at = reader;
        if (!at.Read() || at.TokenType != JsonTokenType.PropertyName || !at.ValueTextEquals("variables"u8)
            || !at.Read() || at.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var (observation, row, seen) = (_before ?? new Observation(), 0, 0UL);
        while (at.Read() && at.TokenType == JsonTokenType.PropertyName)
        {
            // They are written in the order of the table.
            while (row < Rows.Count && !at.ValueTextEquals(Rows[row].Name))
            {
                row++;
            }

            if (row == Rows.Count || !at.Read() || at.TokenType != JsonTokenType.String)
            {
                return null;
            }

            seen |= 1UL << row;
            if (Rows[row].Read(observation) is not { } same || !at.ValueTextEquals(same))
            {
                var text = at.GetString()!;
                if (text.Length > ObservedVariable.MaxValueLength + 1)
                {
                    return null;
                }

                observation = Rows[row].With(observation, text);
            }

            row++;
        }

        if (at.TokenType != JsonTokenType.EndObject || !at.Read() || at.TokenType != JsonTokenType.EndObject)
        {
            return null;
        }

        for (var i = 0; i < Rows.Count; i++)
        {
            if ((seen & (1UL << i)) == 0 && Rows[i].Read(observation) is not null)
            {
                observation = Rows[i].With(observation, null);
            }
        }

        reader = at;
        return _before = observation;
    }
}
