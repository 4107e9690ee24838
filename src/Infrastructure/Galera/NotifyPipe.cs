using System.Runtime.InteropServices;
using GaleraGate.Infrastructure.Threads;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// The FIFO that the server's wsrep_notify_cmd writes to when a view or the node's state changed. Anybody on the host
/// may: whatever comes says "look now" and no more. It is held open for both ends, so that no writer ever meets an end
/// without a reader.
/// </summary>
public sealed partial class NotifyPipe : IDisposable
{
    private const uint Mode = 0b110_010_010; // rw--w--w-

    /// <summary>
    /// Whoever writes without end is read this often: what he says is told, and his writing costs him more than the
    /// daemon.
    /// </summary>
    private static readonly TimeSpan PauseAfterEach = TimeSpan.FromMilliseconds(20);

    private readonly string _path;
    private readonly FileStream _stream;

    private NotifyPipe(string path, FileStream stream) => (_path, _stream) = (path, stream);

    /// <summary>Makes the FIFO, or takes the one that is there.</summary>
    /// <param name="trouble">Why there is none, in one line.</param>
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

            // What a umask took away.
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
    /// Tells of everything that comes, until cancelled. The read itself is never woken: that would take a write, and
    /// the pipe may be full. Its thread waits on, and the process ends without it.
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

    /// <summary>Takes the FIFO's name away; it blocks on nothing.</summary>
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
