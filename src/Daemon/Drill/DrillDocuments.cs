using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Drill;

/// <summary>An outage as the drill's client saw it, with the audit's events of that time.</summary>
internal sealed record OutageDocument(
    DateTime From,
    DateTime To,
    double Seconds,
    bool Over,
    int Failed,
    string Error,
    IEnumerable<AccountDocument> Audit)
{
    public static OutageDocument Of(Outage outage, IEnumerable<Envelope> account) => new(
        outage.From.UtcDateTime,
        outage.To.UtcDateTime,
        outage.Lasted.TotalSeconds,
        outage.IsOver,
        outage.Failed,
        outage.Error,
        account.Select(AccountDocument.Of));
}

/// <summary>One event of the audit.</summary>
internal sealed record AccountDocument(DateTime At, string Node, string Type, string Words, string? Doubt)
{
    public static AccountDocument Of(Envelope envelope) => new(
        envelope.At.Utc.UtcDateTime,
        envelope.Node,
        envelope.Type,
        EventText.Of(envelope.Event),
        envelope.Doubt);
}

/// <summary>The totals of a drill: its last line.</summary>
/// <param name="Answers">How many attempts each node answered.</param>
internal sealed record TallyDocument(int Attempts, int Failed, int Outages, IReadOnlyDictionary<string, int> Answers)
{
    public static TallyDocument Of(DrillTally tally) =>
        new(tally.Answered + tally.Failed, tally.Failed, tally.Outages.Count, tally.Answers);
}

/// <summary>The output of <c>drill --json</c>, one object a line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OutageDocument))]
[JsonSerializable(typeof(TallyDocument))]
internal sealed partial class DrillJson : JsonSerializerContext;
