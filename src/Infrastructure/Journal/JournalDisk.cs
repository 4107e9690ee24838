using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// Writes the files of a journal: all or nothing, and readable only by the daemon's own user and group. The caller's
/// umask does not decide who can read the record.
/// </summary>
internal static partial class JournalDisk
{
    private const UnixFileMode FileMode0640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
    private const UnixFileMode FolderMode0750 = FileMode0640 | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    /// <summary>The extension of a file that is still being written.</summary>
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
    /// Replaces a file after the new content is complete and on disk; a failure leaves nothing behind.
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
    /// Removes other users' permissions from the files of a journal, and from their directory unless it contains other
    /// files too, because those may be needed by others.
    /// </summary>
    /// <returns>The first file that could not be changed because it belongs to another user; null if all are as they
    /// should be.</returns>
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

    /// <summary>Without syncing the directory, a new file may be missing after a crash.</summary>
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

        // Some file systems cannot sync a directory and return an error; that is not a broken disk.
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
