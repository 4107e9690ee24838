using System.Globalization;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>The meaning of a hold file: whether it holds, and what to report if it does not.</summary>
/// <param name="Why">Why the gate is held; null if it is not.</param>
/// <param name="Ignored">A file that exists but does not count; null if none.</param>
internal readonly record struct HoldLook(string? Why, string? Ignored)
{
    /// <summary>
    /// Checks now. A file counts if root or the daemon's own user created it. An error counts as a hold, because the
    /// file may exist. The exception is an error that another user can cause at will, by mounting a file system on that
    /// name in a world-writable folder.
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

    /// <summary>Whether it exists is unknown.</summary>
    public static HoldLook Unknown(string path, string trouble) =>
        new($"{path} cannot be checked ({trouble}), which counts as a hold", null);

    /// <summary>
    /// The folder can be searched, so the denied access is to the file itself; and other users may have put it there.
    /// </summary>
    private static bool OthersMayMake(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return FileLook.At(Path.Combine(folder, ".")) is { IsThere: true, IsClosedToOthers: false };
    }
}
