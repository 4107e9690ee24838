using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GaleraGate.Daemon;

/// <summary>Whom a file belongs to; the runtime does not say.</summary>
internal static partial class FileOwner
{
    /// <summary>True if what belongs to this user belongs to root or to this process's own.</summary>
    public static bool IsTrusted(uint owner) => owner == 0 || owner == EffectiveUser();

    /// <summary>The number of the user who made what is at a path; null where nothing is there. A link counts by its own owner, not by what it leads to.</summary>
    public static uint? Of(string path)
    {
        const int HereByDefault = -100; // AT_FDCWD
        const int NotWhatALinkLeadsTo = 0x100; // AT_SYMLINK_NOFOLLOW
        const uint WantsOwner = 0x8; // STATX_UID
        const int StatxBytes = 256;
        const int OwnerOffset = 20;
        Span<byte> answer = stackalloc byte[StatxBytes];
        answer.Clear();
        return Statx(HereByDefault, path, NotWhatALinkLeadsTo, WantsOwner, ref MemoryMarshal.GetReference(answer)) == 0
            ? BinaryPrimitives.ReadUInt32LittleEndian(answer[OwnerOffset..])
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
