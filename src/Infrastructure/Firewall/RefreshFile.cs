using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using GaleraGate.Domain;
using Microsoft.Win32.SafeHandles;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// When a gate's lease was last refreshed, for the next daemon: the one that refreshed it may be dead by then, and
/// clients are refused from that moment and the lease's length on. Each refresh is one write of a fixed length into an
/// open file on tmpfs, which no boot outlives.
/// </summary>
public sealed class RefreshFile : IDisposable
{
    /// <summary>Boot, microseconds since boot and of UTC, spaces, line end.</summary>
    private const int Length = 96;

    private readonly SafeFileHandle _file;

    private RefreshFile(SafeFileHandle file, Instant? last) => (_file, Last) = (file, last);

    /// <summary>What the daemon before left; null when there is nothing.</summary>
    public Instant? Last { get; }

    /// <summary>Where each gate of the host has such a file.</summary>
    public const string Folder = "/run/galeragate";

    /// <summary>The end of its name.</summary>
    public const string Extension = "refreshed";

    /// <summary>Opens the file, and makes it when it is missing; null when that is not possible.</summary>
    /// <param name="journal">The directory of the gate's journal, for those who read that.</param>
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

    /// <summary>Takes the next refresh down. A failure costs the next daemon a figure, and this one nothing.</summary>
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
            // The next daemon then knows bounds alone.
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>When the lease of the gate with this journal was last refreshed; null when that is not known.</summary>
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

    /// <summary>In microseconds: what is more was not written here.</summary>
    private const long Century = 100L * 366 * 86_400 * 1_000_000;
}
