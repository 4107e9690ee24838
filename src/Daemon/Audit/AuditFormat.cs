using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;

namespace GaleraGate.Daemon.Audit;

/// <summary>How events are printed.</summary>
internal readonly record struct AuditFormat(OutputForm Form, bool Utc)
{
    public bool Json => Form == OutputForm.Json;

    /// <summary>For people, with what belongs to no row: notes, and that nothing was found.</summary>
    public bool IsForPeople => Form is OutputForm.Table or OutputForm.Wide;

    /// <summary>Where lines for people go.</summary>
    public Terminal Output => Form == OutputForm.Wide ? Terminal.Unbounded : Terminal.Output;

    /// <summary>What -o name prints of an event: what <c>audit why</c> and <c>annotate</c> ask for.</summary>
    public static string NameOf(string node, long seq) => $"{node} {seq}";

    public string Time(Instant at) => Time(at.Utc);

    public string Time(DateTimeOffset at) =>
        (Utc ? at.UtcDateTime : at.LocalDateTime).ToString(
            "yyyy-MM-dd HH:mm:ss.fffK", CultureInfo.InvariantCulture);
}
