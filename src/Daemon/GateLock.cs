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
            stream.SetLength(0);
            stream.Write(System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"));
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

    private static int? Holder(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return int.TryParse(reader.ReadLine(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
