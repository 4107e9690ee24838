using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using GaleraGate.Domain;
using Microsoft.Win32.SafeHandles;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// Records when a gate's lease was last refreshed, for the next daemon. If the previous daemon died, clients are
/// refused from that time plus the lease's length on. Each refresh is one write of fixed length into an open file on
/// tmpfs, which does not survive a reboot.
/// </summary>
public sealed class RefreshFile : IDisposable
{
    /// <summary>Boot id, microseconds since boot and of UTC, spaces, line end.</summary>
    private const int Length = 96;

    private readonly SafeFileHandle _file;

    private RefreshFile(SafeFileHandle file, Instant? last) => (_file, Last) = (file, last);

    /// <summary>The record of the previous daemon; null if none.</summary>
    public Instant? Last { get; }

    /// <summary>The folder with such a file for each gate of the host.</summary>
    public const string Folder = "/run/galeragate";

    /// <summary>The file name's extension.</summary>
    public const string Extension = "refreshed";

    /// <summary>Opens the file, and creates it if it is missing; null if that is not possible.</summary>
    /// <param name="journal">The directory of the gate's journal, for readers of that journal.</param>
    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns it")]
    public static RefreshFile? Open(string path, string journal)
    {
        try
        {
            var file = File.OpenHandle(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            var content = new byte[Length];
            var read = RandomAccess.Read(file, content, 0);
            RandomAccess.SetLength(file, read);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(Path.GetFullPath(journal) + "\n"), Length);
            return new RefreshFile(file, Parse(Encoding.ASCII.GetString(content, 0, read)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Records a refresh. If it fails, the next daemon lacks one figure; this daemon is not affected.
    /// </summary>
    public void Write(Instant refreshed)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{refreshed.Boot} {Microseconds(refreshed.Monotonic)} {Microseconds(refreshed.Utc - DateTime.UnixEpoch)}");
        try
        {
            RandomAccess.Write(_file, Encoding.ASCII.GetBytes(text.PadRight(Length - 1) + "\n"), 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The next daemon then knows only bounds.
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>When the lease of the gate with this journal was last refreshed; null if unknown.</summary>
    public static Instant? LastOf(string journal, string folder = Folder)
    {
        try
        {
            return Directory.EnumerateFiles(folder, "*." + Extension)
                .Select(file => File.ReadAllText(file))
                .Where(text => text.Length > Length && text[Length..].TrimEnd('\n') == Path.GetFullPath(journal))
                .Select(text => Parse(text[..Length]))
                .OfType<Instant>()
                .OrderBy(refreshed => refreshed.Utc)
                .Select(refreshed => (Instant?)refreshed)
                .LastOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private static Instant? Parse(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var boot, var since, var utc]
        && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var mono)
        && long.TryParse(utc, NumberStyles.None, CultureInfo.InvariantCulture, out var wall)
        && mono < Century && wall < Century
            ? new Instant(
                DateTimeOffset.UnixEpoch.AddMicroseconds(wall),
                TimeSpan.FromTicks(mono * TimeSpan.TicksPerMicrosecond),
                boot)
            : null;

    /// <summary>In microseconds. A larger value was not written by this class.</summary>
    private const long Century = 100L * 366 * 86_400 * 1_000_000;
}
