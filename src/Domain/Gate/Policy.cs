using System.Globalization;
using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>Everything an operator decides about verdict and gate, as one value that was checked when it was made.</summary>
public sealed record Policy(FitnessPolicy Fitness, GatePolicy Gate)
{
    public static Policy Default { get; } = new(new FitnessPolicy(), new GatePolicy());

    /// <summary>The names of the settings, which are those of the command line's options.</summary>
    public static IEnumerable<string> SettingNames => Default.Settings.Keys;

    /// <summary>The policy as settings and values: what <see cref="Create"/> reads back into an equal policy.</summary>
    public IReadOnlyDictionary<string, string> Settings => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["rise"] = Text(Gate.Rise),
        ["fall"] = Text(Gate.Fall),
        ["close-after"] = Duration.Format(Gate.CloseAfter),
        ["open-after"] = Duration.Format(Gate.OpenAfter),
        ["open-after-max"] = Duration.Format(Gate.OpenAfterMax),
        ["require-journal"] = Text(Gate.RequireJournal),
        ["on-close"] = Gate.OnClose.ToString(),
        ["on-close-lost"] = Gate.OnCloseLost.ToString(),
        ["nonblocking-sst-methods"] = Fitness.NonblockingSstMethods.ToString(),
        ["available-when-read-only"] = Text(Fitness.AvailableWhenReadOnly),
        ["close-when-desynced"] = Text(Fitness.CloseWhenDesynced),
        ["receive-queue-high"] = Text(Fitness.ReceiveQueue?.High),
        ["receive-queue-low"] = Text(Fitness.ReceiveQueue?.Low),
        ["flow-control-high"] = Text(Fitness.FlowControl?.High),
        ["flow-control-low"] = Text(Fitness.FlowControl?.Low),
        ["mode"] = Text(Fitness.Mode),
        ["max-lag"] = Duration.Format(Fitness.MaxLag),
    };

    /// <summary>The settings that differ from another policy's, with their values here.</summary>
    public Dictionary<string, string> ChangesFrom(Policy before)
    {
        var then = before.Settings;
        return Settings.Where(setting => then[setting.Key] != setting.Value).ToDictionary();
    }

    /// <summary>This policy but for these settings.</summary>
    /// <exception cref="FormatException">They do not go together; the message is one line for people.</exception>
    public Policy With(IReadOnlyDictionary<string, string> changes) =>
        Create(Settings.ToDictionary(setting => setting.Key, setting => changes.GetValueOrDefault(setting.Key, setting.Value)));

    /// <summary>Makes a policy of settings; those that are not given have their defaults, names that are none of ours are passed over.</summary>
    /// <exception cref="FormatException">A value is out of range or cannot be read; the message is one line for people.</exception>
    public static Policy Create(IReadOnlyDictionary<string, string> given)
    {
        string Value(string name) => given.TryGetValue(name, out var value) ? value : Default.Settings[name];

        var policy = new Policy(
            new FitnessPolicy
            {
                NonblockingSstMethods = new SstMethods(Value("nonblocking-sst-methods").Split(
                    ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
                AvailableWhenReadOnly = Flag("available-when-read-only", Value),
                CloseWhenDesynced = Flag("close-when-desynced", Value),
                ReceiveQueue = MarksOf("receive-queue", Value, double.MaxValue),
                FlowControl = MarksOf("flow-control", Value, 1),
                Mode = Mode("mode", Value),
                MaxLag = Time("max-lag", Value),
            },
            new GatePolicy
            {
                Rise = Count("rise", Value),
                Fall = Count("fall", Value),
                CloseAfter = Time("close-after", Value),
                OpenAfter = Time("open-after", Value),
                OpenAfterMax = Time("open-after-max", Value),
                RequireJournal = Flag("require-journal", Value),
                OnClose = Closing("on-close", Value),
                OnCloseLost = Closing("on-close-lost", Value),
            });
        return policy.Gate.OpenAfter <= policy.Gate.OpenAfterMax ? policy : throw new FormatException(
            $"open-after {Value("open-after")} is longer than open-after-max {Value("open-after-max")}: give a shorter one");
    }

    private static int Count(string name, Func<string, string> value) =>
        int.TryParse(value(name), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1000
            ? count
            : throw new FormatException($"{name} takes a whole number from 1 to 1000, not '{value(name)}'");

    private static TimeSpan Time(string name, Func<string, string> value) =>
        Duration.Parse(value(name)) is { } time && time <= TimeSpan.FromHours(1)
            ? time
            : throw new FormatException($"{name} takes a duration from 0s to 1h with its unit, such as 500ms or 1.5s, not '{value(name)}'");

    private static OnClose Closing(string name, Func<string, string> value) =>
        OnClose.Parse(value(name)) ?? throw new FormatException($"{name} takes drain, reset or reset-after=TIME with up to 24h, not '{value(name)}'");

    private static ServerMode Mode(string name, Func<string, string> value) => value(name) switch
    {
        "galera" => ServerMode.Galera,
        "replica" => ServerMode.Replica,
        var other => throw new FormatException($"{name} takes galera or replica, not '{other}'"),
    };

    private static string Text(ServerMode mode) => mode switch
    {
        ServerMode.Galera => "galera",
        ServerMode.Replica => "replica",
    };

    private static bool Flag(string name, Func<string, string> value) =>
        bool.TryParse(value(name), out var flag) ? flag : throw new FormatException($"{name} takes true or false, not '{value(name)}'");

    private static Marks? MarksOf(string name, Func<string, string> value, double most)
    {
        var high = Mark(name + "-high", value, most);
        var low = Mark(name + "-low", value, most);
        return (high, low) switch
        {
            (null, null) => null,
            (null, _) => throw new FormatException($"{name}-low needs {name}-high beside it"),
            ({ } h, _) when low > h => throw new FormatException($"{name}-low must not be above {name}-high"),
            ({ } h, _) => new Marks(h, low ?? h),
        };
    }

    private static double? Mark(string name, Func<string, string> value, double most) => value(name) switch
    {
        "" => null,
        var text when double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var mark) && mark <= most => mark,
        var text => throw new FormatException(
            $"{name} takes a number from 0{(most < double.MaxValue ? $" to {Text(most)}" : " up")}, not '{text}'"),
    };

    private static string Text(double? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";
}
