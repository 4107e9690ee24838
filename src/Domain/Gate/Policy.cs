using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Gate;

/// <summary>All options for verdict and gate, as one value that was validated when it was created.</summary>
public sealed record Policy(FitnessPolicy Fitness, GatePolicy Gate)
{
    public static Policy Default { get; } = new(new FitnessPolicy(), new GatePolicy());

    /// <summary>The names of the settings, which equal those of the command line options.</summary>
    public static IEnumerable<string> SettingNames => PolicySettings.All.Select(setting => setting.Name);

    /// <summary>The policy as settings and values; <see cref="Create"/> reads them back into an equal policy.</summary>
    public IReadOnlyDictionary<string, string> Settings => new SortedDictionary<string, string>(
        PolicySettings.All.ToDictionary(setting => setting.Name, setting => setting.Write(this)),
        StringComparer.Ordinal);

    /// <summary>The settings that differ from those of another policy, with their values here.</summary>
    public Dictionary<string, string> ChangesFrom(Policy before)
    {
        var then = before.Settings;
        return Settings.Where(setting => then[setting.Key] != setting.Value).ToDictionary();
    }

    /// <summary>This policy with some settings replaced.</summary>
    /// <exception cref="FormatException">The settings contradict each other; the message is one line for
    /// people.</exception>
    public Policy With(IReadOnlyDictionary<string, string> changes) => Create(
        Settings.ToDictionary(
            setting => setting.Key, setting => changes.GetValueOrDefault(setting.Key, setting.Value)));

    /// <summary>
    /// Creates a policy from settings. Missing settings get their defaults; unknown names are skipped.
    /// </summary>
    /// <exception cref="FormatException">A value is out of range or cannot be read; the message is one line for
    /// people.</exception>
    public static Policy Create(IReadOnlyDictionary<string, string> given)
    {
        var policy = PolicySettings.All.Aggregate(
            Default,
            (policy, setting) => given.TryGetValue(setting.Name, out var text) ? setting.Read(policy, text) : policy);
        return policy.Gate.OpenAfter <= policy.Gate.OpenAfterMax ? policy : throw new FormatException(
            $"open-after {Given("open-after")} is longer than open-after-max {Given("open-after-max")}: "
            + "give a shorter one");

        string Given(string name) => given.GetValueOrDefault(name, Default.Settings[name]);
    }

    internal Policy WithFitness(Func<FitnessPolicy, FitnessPolicy> change) => this with { Fitness = change(Fitness) };

    internal Policy WithGate(Func<GatePolicy, GatePolicy> change) => this with { Gate = change(Gate) };
}
