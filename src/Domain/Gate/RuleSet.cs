using System.Collections.Immutable;

namespace GaleraGate.Domain.Gate;

/// <summary>Rules as text, in any order, with duplicates; compares by value.</summary>
public sealed class RuleSet(IEnumerable<string> rules) : IEquatable<RuleSet>
{
    private readonly ImmutableArray<string> _rules = [.. rules.Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> Rules => _rules;

    public static RuleSet Empty { get; } = new([]);

    public RuleSet Add(string rule) => new(_rules.Add(rule));

    /// <summary>Removes one copy of the rule, if there is one.</summary>
    public RuleSet Remove(string rule) => new(_rules.Remove(rule));

    /// <summary>The rules that the other has and this one lacks, with duplicates.</summary>
    public IEnumerable<string> MissingFrom(RuleSet other) =>
        _rules.Aggregate(other._rules, (left, rule) => left.Remove(rule));

    public bool Equals(RuleSet? other) => other is not null && _rules.SequenceEqual(other._rules);

    public override bool Equals(object? obj) => Equals(obj as RuleSet);

    public override int GetHashCode() => string.Join('\n', _rules).GetHashCode(StringComparison.Ordinal);
}
