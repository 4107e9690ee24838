using System.Globalization;
using GaleraGate.Domain;

namespace GaleraGate.Daemon.Audit;

/// <summary>How events are printed.</summary>
internal readonly record struct AuditFormat(bool Json, bool Utc)
{
    public string Time(Instant at) => Time(at.Utc);

    public string Time(DateTimeOffset at) =>
        (Utc ? at.UtcDateTime : at.LocalDateTime).ToString(
            "yyyy-MM-dd HH:mm:ss.fffK", CultureInfo.InvariantCulture);
}
