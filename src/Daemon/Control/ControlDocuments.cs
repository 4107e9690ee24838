using System.Text.Json.Serialization;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Daemon.Control;

/// <summary>What <c>POST /v1/hold</c> takes.</summary>
/// <param name="User">The person behind the account that asks, as sudo names it.</param>
/// <param name="Service">It is the server's own unit that holds or releases, not an operator.</param>
/// <param name="IfOthersOpen">Hold only if at least so many other gates are open.</param>
internal sealed record HoldRequest(string? Reason, string? User, bool Service = false, int IfOthersOpen = 0);

/// <summary>What <c>GET /v1/connections</c> answers.</summary>
/// <param name="Through">How many connections that were made through the gate are there.</param>
/// <param name="Trouble">Why nobody can tell; null where that is so.</param>
internal sealed record ConnectionsReport(int Through, string? Trouble);

/// <summary>What <c>POST /v1/annotate</c> takes.</summary>
/// <param name="About">The seq of the event that the note is about.</param>
internal sealed record AnnotateRequest(long About, string? Text, string? User);

/// <summary>What <c>POST /v1/reload</c> answers.</summary>
/// <param name="Changes">Each setting of the policy that differs, and its value from now on.</param>
/// <param name="NeedRestart">Options that differ and take effect at the next start alone.</param>
internal sealed record ReloadReport(IReadOnlyDictionary<string, string> Changes, IReadOnlyList<string> NeedRestart);

/// <summary>What every refusal carries: one line for people.</summary>
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
