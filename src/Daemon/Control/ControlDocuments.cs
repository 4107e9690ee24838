using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Daemon.Control;

/// <summary>The body of <c>POST /v1/hold</c>.</summary>
/// <param name="User">The person behind the account, as sudo names it.</param>
/// <param name="Service">The server's own unit holds or releases, not an operator.</param>
/// <param name="IfOthersOpen">Hold only if at least this many other gates are open.</param>
internal sealed record HoldRequest(string? Reason, string? User, bool Service = false, int IfOthersOpen = 0);

/// <summary>The answer of <c>GET /v1/connections</c>.</summary>
/// <param name="Through">The number of connections made through the gate.</param>
/// <param name="Trouble">Why that is unknown; null if it is known.</param>
internal sealed record ConnectionsReport(int Through, string? Trouble);

/// <summary>The body of <c>POST /v1/annotate</c>.</summary>
/// <param name="About">The seq of the event that the note is about.</param>
internal sealed record AnnotateRequest(long About, string? Text, string? User);

/// <summary>The answer of <c>POST /v1/reload</c>.</summary>
/// <param name="Changes">Each changed setting of the policy, with its new value.</param>
/// <param name="NeedRestart">Changed options that take effect only at the next start.</param>
internal sealed record ReloadReport(IReadOnlyDictionary<string, string> Changes, IReadOnlyList<string> NeedRestart);

/// <summary>The body of every refusal: one line for people.</summary>
internal sealed record ErrorReport(string Error);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    Converters = [typeof(VerdictConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(HoldRequest))]
[JsonSerializable(typeof(AnnotateRequest))]
[JsonSerializable(typeof(ConnectionsReport))]
[JsonSerializable(typeof(ReloadReport))]
[JsonSerializable(typeof(ErrorReport))]
internal sealed partial class ControlJson : JsonSerializerContext;
