using System.Globalization;

namespace GaleraGate.Fuzzing;

/// <summary>A folder in memory, for readers that need a file.</summary>
internal static class Scratch
{
    private static readonly Lazy<string> Own = new(() =>
    {
        var folder = System.IO.Path.Combine(
            "/dev/shm", "galeragate-fuzzing-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return Directory.CreateDirectory(folder).FullName;
    });

    public static string Path(string name) => System.IO.Path.Combine(Own.Value, name);

    public static string File(string name, byte[] content)
    {
        var path = Path(name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }
}
