using System.Text.Json;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Infrastructure.Json;

/// <summary>
/// Parses the usual form of answers. Each resembles the one before, so values that are equal are reused instead of
/// being allocated again.
/// </summary>
internal static class ObservationReader
{
    private static readonly IReadOnlyList<ObservedVariable> Rows = ObservedVariable.All;

    /// <summary>The previous answer.</summary>
    [ThreadStatic]
    private static Observation? _before;

    /// <summary>
    /// The observation; null, with the reader unchanged, if it is not an answer in the form that this program writes.
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
