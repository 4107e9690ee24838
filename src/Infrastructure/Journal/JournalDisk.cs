using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The files of a journal as the disk has them: whole or not at all, and for the daemon's own user and group alone. The
/// umask of whoever starts the daemon does not decide who can read what was recorded.
/// </summary>
internal static partial class JournalDisk
{
    private const UnixFileMode FileMode0640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const UnixFileMode FolderMode0750 = FileMode0640 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    /// <summary>What a file that is being written is called until it is whole.</summary>
    public const string Unfinished = ".new";

    public static void CreateFolder(string directory) => _ = Directory.CreateDirectory(directory, FolderMode0750);

    public static FileStream Open(string path, FileMode mode, FileShare share) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        Share = share,
        BufferSize = 0,
        UnixCreateMode = FileMode0640,
    });

    /// <summary>
    /// Puts a file in the place of what is there, once it is whole and on disk; what fails leaves nothing.
    /// </summary>
    public static void Replace(string path, Action<Stream> write)
    {
        try
        {
            using (var file = Open(path + Unfinished, FileMode.Create, FileShare.None))
            using (var buffered = new BufferedStream(file, 1 << 16))
            {
                write(buffered);
                buffered.Flush();
                file.Flush(flushToDisk: true);
            }

            File.Move(path + Unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            File.Delete(path + Unfinished);
            throw;
        }
    }

    /// <summary>
    /// Takes from the files of a journal what others may do with them, and from their directory unless it holds other
    /// files too: that one somebody else may need.
    /// </summary>
    /// <returns>
    /// The first that could not be changed, because it belongs to another user; null if all are as they should be.
    /// </returns>
    public static string? Protect(string directory)
    {
        var files = Directory.GetFileSystemEntries(directory);
        var exposed = files.Where(Segment.IsOfJournal).Where(path => !Narrow(path, FileMode0640)).ToList();
        if (files.All(Segment.IsOfJournal) && !Narrow(directory, FolderMode0750))
        {
            exposed.Add(directory);
        }

        return exposed.FirstOrDefault();
    }

    /// <summary>A new file is only there after a crash if its directory was synced too.</summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public static void SyncDirectory(string directory)
    {
        const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;
        const int InputOutputError = 5;
        const int NoSpace = 28;
        const int OverQuota = 122;
        var fd = OpenFile(directory, ReadOnlyDirectoryCloseOnExec);
        if (fd < 0)
        {
            return;
        }

        // There are file systems that cannot sync a directory, and say so: they are no broken disk.
        var error = Fsync(fd) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = CloseFile(fd);
        if (error is InputOutputError or NoSpace or OverQuota)
        {
            throw new IOException($"{directory} cannot be synced: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    private static bool Narrow(string path, UnixFileMode most)
    {
        var mode = File.GetUnixFileMode(path);
        if ((mode & ~most) == 0)
        {
            return true;
        }

        try
        {
            File.SetUnixFileMode(path, mode & most);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int fd);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int fd);
}
