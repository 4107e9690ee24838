using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;

namespace GaleraGate.Daemon.Audit;

/// <summary>How events are printed.</summary>
internal readonly record struct AuditFormat(OutputForm Form, bool Utc)
{
    public bool Json => Form == OutputForm.Json;

    /// <summary>
    /// For people: also prints text that belongs to no row, such as notes, or that nothing was found.
    /// </summary>
    public bool IsForPeople => Form is OutputForm.Table or OutputForm.Wide;

    /// <summary>The terminal for lines meant for people.</summary>
    public Terminal Output => Form == OutputForm.Wide ? Terminal.Unbounded : Terminal.Output;

    /// <summary>How -o name prints an event: in the form that <c>audit why</c> and <c>annotate</c> accept.</summary>
    public static string NameOf(string node, long seq) => $"{node} {seq}";

    public string Time(Instant at) => Time(at.Utc);

    public string Time(DateTimeOffset at) =>
        (Utc ? at.UtcDateTime : at.LocalDateTime).ToString(
            "yyyy-MM-dd HH:mm:ss.fffK", CultureInfo.InvariantCulture);
}
