using System.Globalization;

namespace GaleraGate.Domain;

/// <summary>
/// A moment. UTC is for people and is only stamped and printed; durations come from the monotonic clock alone, which
/// starts anew with each boot.
/// </summary>
/// <param name="Utc">Wall time; may jump.</param>
/// <param name="Monotonic">Time since some point of this boot; never goes back.</param>
/// <param name="Boot">The kernel's boot id (or what stands for one in a test).</param>
public readonly record struct Instant(DateTimeOffset Utc, TimeSpan Monotonic, string Boot)
{
    /// <summary>
    /// How long ago <paramref name="earlier"/> was; null where the two belong to different boots and nobody can say.
    /// </summary>
    public TimeSpan? Since(Instant earlier) => Boot == earlier.Boot ? Monotonic - earlier.Monotonic : null;

    public override string ToString() => Utc.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
