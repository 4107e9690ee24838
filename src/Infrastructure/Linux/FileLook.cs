using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// What is at a path, as the kernel reports it. The runtime's File.Exists answers "no" to every error; here an error is
/// a separate answer. A link counts as itself, not as its target.
/// </summary>
public readonly partial record struct FileLook
{
    private const ushort TypeMask = 0xf000; // S_IFMT
    private const ushort SocketType = 0xc000; // S_IFSOCK
    private const ushort OthersWrite = 0b010_010; // S_IWGRP, S_IWOTH

    private ushort Mode { get; init; }

    public bool IsThere { get; init; }

    /// <summary>The user id of its owner.</summary>
    public uint Owner { get; init; }

    /// <summary>Device and inode: the same name may later be another file.</summary>
    public (uint Major, uint Minor, ulong Inode) Identity { get; init; }

    /// <summary>Why it is unknown whether it exists; null if it is known.</summary>
    public string? Trouble { get; init; }

    /// <summary>Permission was denied.</summary>
    public bool IsDenied { get; init; }

    public bool IsSocket => (Mode & TypeMask) == SocketType;

    /// <summary>Owned by root or by this process's own user.</summary>
    public bool IsTrusted => IsThere && IsTrustedUser(Owner);

    /// <summary>A folder in which only root and this process's own user can create files.</summary>
    public bool IsClosedToOthers => IsTrusted && (Mode & OthersWrite) == 0;

    /// <summary>Root, or this process's own user.</summary>
    public static bool IsTrustedUser(uint user) => user == 0 || user == EffectiveUser();

    /// <summary>Checks now; hangs if the file system hangs.</summary>
    public static FileLook At(string path)
    {
        const int HereByDefault = -100; // AT_FDCWD
        const int NotWhatALinkLeadsTo = 0x100; // AT_SYMLINK_NOFOLLOW
        const uint Wanted = 0x1 | 0x2 | 0x8 | 0x100; // STATX_TYPE, STATX_MODE, STATX_UID, STATX_INO
        const int NoEntry = 2; // ENOENT
        const int Denied = 13; // EACCES
        const int NotADirectory = 20; // ENOTDIR
        const int StatxBytes = 256;
        const int OwnerAt = 20;
        const int ModeAt = 28;
        const int InodeAt = 32;
        const int MajorAt = 136;
        const int MinorAt = 140;
        Span<byte> answer = stackalloc byte[StatxBytes];
        answer.Clear();
        if (Statx(HereByDefault, path, NotWhatALinkLeadsTo, Wanted, ref MemoryMarshal.GetReference(answer)) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error is NoEntry or NotADirectory
                ? default
                : new FileLook { Trouble = Marshal.GetPInvokeErrorMessage(error), IsDenied = error == Denied };
        }

        return new FileLook
        {
            IsThere = true,
            Owner = BinaryPrimitives.ReadUInt32LittleEndian(answer[OwnerAt..]),
            Mode = BinaryPrimitives.ReadUInt16LittleEndian(answer[ModeAt..]),
            Identity = (
                BinaryPrimitives.ReadUInt32LittleEndian(answer[MajorAt..]),
                BinaryPrimitives.ReadUInt32LittleEndian(answer[MinorAt..]),
                BinaryPrimitives.ReadUInt64LittleEndian(answer[InodeAt..])),
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
