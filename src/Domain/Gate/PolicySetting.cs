using System.Globalization;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>One setting of the policy. Its name equals that of the command line option.</summary>
/// <param name="Argument">The placeholder for its value in the help; null for true or false.</param>
/// <param name="Write">Its value in a policy, as text.</param>
/// <param name="Read">The policy with this text as its value. A FormatException explains an invalid value in one line
/// for people.</param>
public sealed record PolicySetting(
    string Name, string? Argument, string Help, Func<Policy, string> Write, Func<Policy, string, Policy> Read)
{
    /// <summary>An empty value overrides the default.</summary>
    public bool MayBeEmpty { get; init; }

    internal static PolicySetting Count(
        string name, string help, Func<Policy, int> of, Func<Policy, int, Policy> with) => new(
        name,
        "N",
        help,
        policy => of(policy).ToString(CultureInfo.InvariantCulture),
        (policy, text) => with(policy, ReadCount(text)
            ?? throw new FormatException($"{name} takes a whole number from 1 to 1000, not '{text}'")));

    internal static PolicySetting Time(
        string name, string help, Func<Policy, TimeSpan> of, Func<Policy, TimeSpan, Policy> with) => new(
        name,
        "TIME",
        help,
        policy => Duration.Format(of(policy)),
        (policy, text) => with(policy, ReadTime(text) ?? throw new FormatException(
            $"{name} takes a duration from 0s to 1h with its unit, such as 500ms or 1.5s, not '{text}'")));

    internal static PolicySetting Closing(
        string name, string help, Func<Policy, OnClose> of, Func<Policy, OnClose, Policy> with) => new(
        name,
        "WHAT",
        help,
        policy => of(policy).ToString(),
        (policy, text) => with(policy, OnClose.Parse(text) ?? throw new FormatException(
            $"{name} takes drain, reset or reset-after=TIME with up to 24h, not '{text}'")));

    internal static PolicySetting Flag(
        string name, string help, Func<Policy, bool> of, Func<Policy, bool, Policy> with) => new(
        name,
        null,
        help,
        policy => of(policy) ? "true" : "false",
        (policy, text) => with(policy, bool.TryParse(text, out var flag)
            ? flag
            : throw new FormatException($"{name} takes true or false, not '{text}'")));

    /// <summary>One of two words; the second one means true.</summary>
    internal static PolicySetting Choice(
        string name,
        (string No, string Yes) words,
        string help,
        Func<Policy, bool> of,
        Func<Policy, bool, Policy> with,
        string argument = "WHAT") => new(
        name,
        argument,
        help,
        policy => of(policy) ? words.Yes : words.No,
        (policy, text) => text == words.Yes || text == words.No
            ? with(policy, text == words.Yes)
            : throw new FormatException($"{name} takes {words.No} or {words.Yes}, not '{text}'"));

    internal static PolicySetting Methods(
        string name, string help, Func<Policy, SstMethods> of, Func<Policy, SstMethods, Policy> with) =>
        new(name, "LIST", help, policy => of(policy).ToString(), (policy, text) => with(policy, SstMethods.Parse(text)))
        {
            MayBeEmpty = true,
        };

    /// <summary>A high and a low mark: two settings, read in this order.</summary>
    internal static IEnumerable<PolicySetting> HighAndLow(
        string name,
        string argument,
        double most,
        string help,
        Func<Policy, Marks?> of,
        Func<Policy, Marks?, Policy> with)
    {
        var (high, low) = (name + "-high", name + "-low");
        yield return new PolicySetting(
            high,
            argument,
            help,
            policy => Text(of(policy)?.High),
            (policy, text) => with(policy, ReadMark(high, text, most) is { } mark ? new Marks(mark, mark) : null));
        yield return new PolicySetting(
            low,
            argument,
            "and stays so until below this; default the high mark",
            policy => Text(of(policy)?.Low),
            (policy, text) => ReadMark(low, text, most) is { } mark ? with(policy, Down(of(policy), mark)) : policy);

        Marks Down(Marks? marks, double mark) => marks switch
        {
            null => throw new FormatException($"{low} needs {high} beside it"),
            { } above when mark > above.High => throw new FormatException($"{low} must not be above {high}"),
            { } above => above with { Low = mark },
        };
    }

    private static int? ReadCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1000
            ? count
            : null;

    private static TimeSpan? ReadTime(string text) =>
        Duration.Parse(text) is { } time && time <= TimeSpan.FromHours(1) ? time : null;

    private static double? ReadMark(string name, string text, double most)
    {
        if (text.Length == 0)
        {
            return null;
        }

        const NumberStyles Plain = NumberStyles.AllowDecimalPoint;
        var range = most < double.MaxValue ? $"0 to {Text(most)}" : "0 up";
        return double.TryParse(text, Plain, CultureInfo.InvariantCulture, out var mark) && mark <= most
            ? mark
            : throw new FormatException($"{name} takes a number from {range}, not '{text}'");
    }

    private static string Text(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";
}
