using System.Runtime.InteropServices;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The FIFO that the server's wsrep_notify_cmd writes to when a view or the node's state changed. Any local user may
/// write to it: any byte means "probe now" and nothing else. The daemon holds both ends open, so a writer always finds
/// a reader.
/// </summary>
public sealed partial class NotifyPipe : IDisposable
{
    private const uint Mode = 0b110_010_010; // rw--w--w-

    /// <summary>
    /// A writer that never stops is read only this often. Its bytes are still reported, but writing costs it more than
    /// it costs the daemon.
    /// </summary>
    private static readonly TimeSpan PauseAfterEach = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly FileStream _stream;

    private NotifyPipe(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Creates the FIFO, or opens an existing one.</summary>
    /// <param name="trouble">Why the pipe is missing, in one line.</param>
    public static NotifyPipe? Open(string path, out string? trouble)
    {
        const int AlreadyThere = 17; // EEXIST
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (MakeFifo(path, Mode) != 0 && Marshal.GetLastPInvokeError() is var error && error != AlreadyThere)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }

            trouble = null;
            return Take(path);
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            trouble = $"{path}: {e.Message.ReplaceLineEndings(" ")}";
            return null;
        }
    }

    private static NotifyPipe Take(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            if (stream.CanSeek)
            {
                throw new IOException("there is something else of this name");
            }

            // Restore the bits that the umask removed.
            File.SetUnixFileMode(path, (UnixFileMode)Mode);
            var pipe = new NotifyPipe(path, stream);
            stream = null;
            return pipe;
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>
    /// Reports every byte until cancelled. The blocking read itself is never interrupted: that would need a write, and
    /// the pipe may be full. Its thread keeps waiting, and the process ends without it.
    /// </summary>
    public Task RunAsync(Action told, CancellationToken cancellationToken) => new OwnThread("notify").RunAsync(() =>
    {
        var buffer = new byte[1 << 16];
        while (_stream.Read(buffer) > 0 && !cancellationToken.IsCancellationRequested)
        {
            told();
            Thread.Sleep(PauseAfterEach);
        }
    }).WaitAsync(cancellationToken);

    /// <summary>Removes the FIFO's name; never blocks.</summary>
    public void Dispose()
    {
        if (!_stream.SafeFileHandle.IsClosed)
        {
            File.Delete(_path);
            _stream.Dispose();
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MakeFifo(string path, uint mode);
}
