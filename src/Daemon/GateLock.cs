using System.Globalization;

namespace GaleraGate.Daemon;

/// <summary>
/// One daemon keeps one gate port of one network namespace, because the tables belong to the namespace. The kernel lets the lock go when its holder
/// dies, however it dies.
/// </summary>
internal static class GateLock
{
    private const string Folder = "/run/galeragate";

    /// <exception cref="FormatException">Somebody else has it, or it cannot be taken; the message is one line for people.</exception>
    public static FileStream Take(ushort gatePort)
    {
        var space = File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)!.Name;
        var path = Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"gate-{gatePort}-{string.Concat(space.Where(char.IsAsciiDigit))}.lock"));
        try
        {
            _ = Directory.CreateDirectory(Folder);
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0);
            File.WriteAllText(HolderFile(path), $"{Environment.ProcessId}\n");
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException(
                Holder(path) is { } pid
                    ? $"gate port {gatePort} is kept by another galeragate, pid {pid}: stop it first, or give another --gate-port"
                    : $"the lock {path} cannot be taken: {e.Message.ReplaceLineEndings(" ")}",
                e);
        }
    }

    /// <summary>Who holds a lock stands beside it: the locked file itself cannot be opened by another.</summary>
    private static string HolderFile(string path) => Path.ChangeExtension(path, ".pid");

    private static int? Holder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(HolderFile(path)), CultureInfo.InvariantCulture, out var pid) && Directory.Exists($"/proc/{pid}") ? pid : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
