using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Galera;

/// <summary>
/// Notices at once that the server died, so that nobody waits for the next poll. Over a unix socket the kernel names the server's process, and a pidfd
/// tells its end; where it names none that can be watched (TCP, another PID namespace, a socket that systemd listens on), a second connection with a
/// statement under way is cut when the server goes. Either is a reason to probe now and never the truth: who kills that connection closes nothing.
/// </summary>
public sealed partial class DeathWatch(MySqlConnectionStringBuilder server, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Where it was refused a connection it leaves the next one to the probe.</summary>
    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(30);

    /// <summary>Shorter than what servers log as a slow query by default (10 s).</summary>
    private const string Statement = "DO SLEEP(8)";

    private readonly OwnThread _thread = new("death watch");

    private readonly string _connectionString = new MySqlConnectionStringBuilder(server.ConnectionString)
    {
        Pooling = false,
        CancellationTimeout = -1,
        ConnectionTimeout = (uint)Math.Ceiling(timeout.TotalSeconds),
        DefaultCommandTimeout = 0,
        ApplicationName = "galeragate-watch",
    }.ConnectionString;

    /// <summary>Watches while it is worth it, until cancelled.</summary>
    /// <param name="isWanted">Somebody would be let in: the gate is open.</param>
    /// <param name="ended">The server, or what tells of it, has ended.</param>
    public async Task RunAsync(Func<bool> isWanted, Action ended, CancellationToken cancellationToken)
    {
        for (var pause = LookEvery; ; await Task.Delay(pause, time, cancellationToken))
        {
            if (isWanted())
            {
                var hasEnded = await EndAsync(cancellationToken);
                if (hasEnded)
                {
                    ended();
                }

                pause = hasEnded ? LookEvery : RefusedFor;
            }
        }
    }

    private async Task<bool> EndAsync(CancellationToken cancellationToken)
    {
        if (server.ConnectionProtocol != MySqlConnectionProtocol.UnixSocket || OpenProcess(server.Server) is not { } descriptor)
        {
            return await EndOfConnectionAsync(cancellationToken);
        }

        await EndOfProcessAsync(descriptor, cancellationToken);
        return true;
    }

    /// <summary>
    /// A pidfd of the process at the other end of the probe's own connection, found among this process's descriptors: another connection, closed without a
    /// word, would be an aborted one in the server's log. Null where there is none to be had.
    /// </summary>
    private static int? OpenProcess(string path)
    {
        try
        {
            return FindProcess(Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No descriptor is left to look with.
            return null;
        }
    }

    private static int? FindProcess(string name)
    {
        const int FirstOfTheSystem = 1;
        const int PidfdOpen = 434;
        foreach (var entry in Directory.EnumerateFiles("/proc/self/fd"))
        {
            if (int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var descriptor)
                && PathOfPeer(descriptor) is { } peer && Path.GetFileName(peer) == name
                && ProcessOfPeer(descriptor) is > FirstOfTheSystem and var process
                && (int)SystemCall(PidfdOpen, process, 0) is >= 0 and var watched)
            {
                return watched;
            }
        }

        return null;
    }

    /// <summary>Where the socket at the other end is bound; null where the descriptor is none of the kind.</summary>
    private static string? PathOfPeer(int descriptor)
    {
        const int PathAt = 2;
        Span<byte> address = stackalloc byte[128];
        var length = address.Length;
        return GetPeerName(descriptor, ref MemoryMarshal.GetReference(address), ref length) == 0 && length > PathAt && BinaryPrimitives.ReadUInt16LittleEndian(address) == (ushort)AddressFamily.Unix
            ? Encoding.UTF8.GetString(address[PathAt..Math.Min(length, address.Length)]).TrimEnd('\0')
            : null;
    }

    private static int ProcessOfPeer(int descriptor)
    {
        const int SolSocket = 1;
        const int SoPeerCred = 17;
        Span<int> credentials = stackalloc int[3]; // pid, uid, gid
        var length = credentials.Length * sizeof(int);
        return GetSocketOption(descriptor, SolSocket, SoPeerCred, ref MemoryMarshal.GetReference(credentials), ref length) == 0 ? credentials[0] : 0;
    }

    /// <summary>On a thread of its own: nothing else waits for a pidfd.</summary>
    private Task EndOfProcessAsync(int descriptor, CancellationToken cancellationToken) => _thread.RunAsync(() =>
    {
        const int LookUpEvery = 1000; // milliseconds
        var watched = new PollEntry { Descriptor = descriptor, Wanted = 1 }; // POLLIN
        try
        {
            while (Poll(ref watched, 1, LookUpEvery) <= 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    });

    /// <summary>True if a connection that had been made is gone.</summary>
    private async Task<bool> EndOfConnectionAsync(CancellationToken cancellationToken)
    {
        var made = false;
        try
        {
            await using var connection = new MySqlConnection(_connectionString);
            await connection.OpenAsync(cancellationToken);
            while (true)
            {
                await using var command = new MySqlCommand(Statement, connection);
                _ = await command.ExecuteNonQueryAsync(cancellationToken);
                made = true;
            }
        }
        catch (Exception e) when (e is MySqlException or IOException or SocketException or InvalidOperationException or NotSupportedException && !cancellationToken.IsCancellationRequested)
        {
            return made || ProbeErrorOf.Classify(e) == Domain.Galera.ProbeError.ConnectionLost;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollEntry entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "getpeername")]
    private static partial int GetPeerName(int descriptor, ref byte address, ref int length);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetSocketOption(int descriptor, int level, int option, ref int value, ref int length);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint pid, nint flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
