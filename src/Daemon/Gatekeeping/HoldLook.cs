using System.Globalization;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>What a hold file means: whether it holds, and what is to be said of one that does not.</summary>
/// <param name="Why">Why the gate is held; null if it is not.</param>
/// <param name="Ignored">What is there and does not count; null if there is nothing of that kind.</param>
internal readonly record struct HoldLook(string? Why, string? Ignored)
{
    /// <summary>
    /// Looks now. A file counts if root or the daemon's own user made it. It must be known to be absent: an error
    /// counts as a hold, except where another
    /// user can cause it at will, by mounting a file system of his own on that name in a folder where everybody may
    /// write.
    /// </summary>
    public static HoldLook At(string path)
    {
        var look = FileLook.At(path);
        return look.IsDenied && OthersMayMake(path)
            ? new HoldLook(null, $"{path} is on a file system of another user")
            : look.Trouble is { } trouble ? Unknown(path, trouble)
            : look.IsTrusted ? new HoldLook($"{path} is there", null)
            : look.IsThere
                ? new HoldLook(null, $"{path} belongs to user {look.Owner.ToString(CultureInfo.InvariantCulture)}")
            : default;
    }

    /// <summary>Nobody can tell whether it is there.</summary>
    public static HoldLook Unknown(string path, string trouble) =>
        new($"{path} cannot be looked at ({trouble}), which counts as a hold", null);

    /// <summary>
    /// The folder can be searched, so that what is denied is what is there; and others may have put it there.
    /// </summary>
    private static bool OthersMayMake(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return FileLook.At(Path.Combine(folder, ".")) is { IsThere: true, IsClosedToOthers: false };
    }
}
