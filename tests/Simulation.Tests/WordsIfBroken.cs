using System.Globalization;
using System.Runtime.CompilerServices;

namespace GaleraGate.Simulation.Tests;

/// <summary>
/// What an invariant that is broken says. Invariants are checked at every step and nearly always hold, and then nothing
/// of it is evaluated.
/// </summary>
[InterpolatedStringHandler]
internal ref struct WordsIfBroken
{
    private DefaultInterpolatedStringHandler _words;

    public WordsIfBroken(int literalLength, int formattedCount, bool holds, out bool isBroken)
    {
        isBroken = !holds;
        _words = holds
            ? default
            : new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string value) => _words.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _words.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _words.AppendFormatted(value, format);

    public override string ToString() => _words.ToStringAndClear();
}
