using System.Globalization;

namespace GaleraGate.Domain;

/// <summary>
/// A moment. UTC is only stamped and printed, for people. Durations come from the monotonic clock alone, which restarts
/// with each boot.
/// </summary>
/// <param name="Utc">Wall time; may jump.</param>
/// <param name="Monotonic">Time since some point of this boot; never goes back.</param>
/// <param name="Boot">The kernel's boot id (or a substitute in a test).</param>
public readonly record struct Instant(DateTimeOffset Utc, TimeSpan Monotonic, string Boot)
{
    /// <summary>
    /// How long ago <paramref name="earlier"/> was; null if the host was rebooted in between, because the time is then
    /// unknown.
    /// </summary>
    public TimeSpan? Since(Instant earlier) => Boot == earlier.Boot ? Monotonic - earlier.Monotonic : null;

    public override string ToString() => Utc.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
