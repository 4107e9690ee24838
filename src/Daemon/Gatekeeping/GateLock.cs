using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Gatekeeping;

/// <summary>
/// Allows one daemon for each gate port and network namespace, because the rules belong to the namespace. So does the
/// lock: an abstract unix socket named for the gate port, which is independent of folders. Version 0.1.0 knows only a
/// lock file, so that is locked as well. The kernel releases both when the holder dies.
/// </summary>
/// <remarks>
/// Every local user may bind a name. If the holder is neither root, nor this process's user, nor galeragate's own
/// account, it cannot be keeping a gate and must not be able to block this one. Then the file alone is the lock, and
/// <see cref="Stranger"/> names the holder.
/// </remarks>
internal sealed class GateLock : IDisposable
{
    private const string Folder = RefreshFile.Folder;
    private const string Account = "galeragate";

    /// <summary>A holder that is just about to listen, or to exit, is asked again this many times.</summary>
    private const int Looks = 10;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;
    private readonly Socket? _name;

    private GateLock(FileStream file, Socket? name, string? stranger) =>
        (_file, _name, Stranger) = (file, name, stranger);

    /// <summary>The user who holds the name without a right to it; null if none.</summary>
    public string? Stranger { get; }

    /// <exception cref="FormatException">Another daemon holds it, or it cannot be taken; the message is one line for
    /// people.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns them")]
    public static GateLock Take(ushort gatePort)
    {
        var file = TakeFile(gatePort);
        try
        {
            var name = TakeName(gatePort, out var stranger);
            return new GateLock(file, name, stranger);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Disconnects processes that asked who the holder is, until cancelled, so that the backlog never fills.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var asking = await (_name?.AcceptAsync(cancellationToken).AsTask() ?? Never(cancellationToken));
            }
            catch (SocketException)
            {
                // No descriptor is left. That is temporary, and the name is held all the same.
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    /// <summary>Releases it; never blocks.</summary>
    public void Dispose()
    {
        _name?.Dispose();
        _file.Dispose();
    }

    private static async Task<Socket> Never(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        throw new UnreachableException();
    }

    private static UnavailableException IsKept(ushort gatePort, string by) =>
        new($"gate port {gatePort} is kept by another galeragate, {by}: stop it first, or give another --gate-port");

    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned is the caller's")]
    private static Socket? TakeName(ushort gatePort, out string? stranger)
    {
        var name = new UnixDomainSocketEndPoint(
            string.Create(CultureInfo.InvariantCulture, $"\0galeragate/gate-{gatePort}"));
        stranger = null;
        for (var look = 0; look < Looks; look++)
        {
            if (Bind(name) is { } taken)
            {
                return taken;
            }

            if (Peer.Listening(name) is var (pid, user))
            {
                if (FileLook.IsTrustedUser(user) || user == Peer.UserId(Account))
                {
                    throw IsKept(gatePort, pid > 0 ? $"pid {pid}" : "which runs in another PID namespace");
                }

                stranger = $"pid {pid} of user {user}";
                return null;
            }

            Thread.Sleep(BetweenLooks);
        }

        stranger = "a process that does not answer";
        return null;
    }

    /// <summary>
    /// The bound and listening socket, so that the kernel can report its owner; null if another process has the name.
    /// </summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned is the caller's")]
    private static Socket? Bind(UnixDomainSocketEndPoint name)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(name);
            socket.Listen();
            return socket;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>A file of this gate, named for its port and network namespace.</summary>
    public static string FileOf(ushort gatePort, string extension)
    {
        var space = File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)!.Name;
        var number = string.Concat(space.Where(char.IsAsciiDigit));
        return Path.Combine(
            Folder, string.Create(CultureInfo.InvariantCulture, $"gate-{gatePort}-{number}.{extension}"));
    }

    private static FileStream TakeFile(ushort gatePort)
    {
        var path = FileOf(gatePort, "lock");
        try
        {
            _ = Directory.CreateDirectory(Folder);
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
            File.WriteAllText(HolderFile(path), $"{Environment.ProcessId}\n");
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Holder(path) is { } pid
                ? IsKept(gatePort, $"pid {pid}")
                : new UnavailableException($"the lock {path} cannot be taken: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>The holder is named in a separate file, because another process cannot open the locked one.</summary>
    private static string HolderFile(string path) => Path.ChangeExtension(path, ".pid");

    private static int? Holder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(HolderFile(path)), CultureInfo.InvariantCulture, out var pid)
                && Directory.Exists($"/proc/{pid}")
                ? pid
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
