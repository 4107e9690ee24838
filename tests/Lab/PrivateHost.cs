using System.Diagnostics;
using System.Globalization;

namespace GaleraGate.Lab;

/// <summary>
/// A namespace that looks like a host of its own, for programs whose paths are fixed. It has private copies of /run,
/// /var/log, /var/tmp and /var/lib and of changes under /etc, and they disappear with it.
/// </summary>
public sealed class PrivateHost : IDisposable
{
    private readonly Process _keeper;

    public PrivateHost(Space space)
    {
        const string Mounts =
            "for folder in /run /var/log /var/tmp /var/lib; do mount -t tmpfs -o mode=1777 tmpfs $folder; done; mkdir "
            + "/run/upper /run/work; mount -t overlay overlay -o "
            + "lowerdir=/etc,upperdir=/run/upper,workdir=/run/work /etc; echo mounted; exec sleep infinity";
        _keeper = space.Start("unshare", "-m", "--propagation", "private", "sh", "-c", Mounts);
        if (_keeper.StandardOutput.ReadLine() != "mounted")
        {
            throw new InvalidOperationException(_keeper.StandardError.ReadToEnd());
        }
    }

    public (int ExitCode, string Output, string Error) Try(string command, params IEnumerable<string> arguments) =>
        Shell.Try("nsenter", [.. Enter, command, .. arguments]);

    public Process Start(string command, params IEnumerable<string> arguments) =>
        Shell.Start("nsenter", [.. Enter, command, .. arguments]);

    /// <summary>The content of a file as seen there; null if it does not exist.</summary>
    public string? Read(string path) => Try("cat", path) is (0, var text, _) ? text : null;

    /// <summary>The words to put before a command so that it runs there.</summary>
    public IEnumerable<string> Entered => ["nsenter", .. Enter];

    public void Dispose()
    {
        foreach (var pid in Directory
            .GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => name!.All(char.IsAsciiDigit))
            .Where(IsInside)
            .ToList())
        {
            Shell.Signal("-KILL", int.Parse(pid!, CultureInfo.InvariantCulture));
        }

        _keeper.WaitForExit();
        _keeper.Dispose();
    }

    private string[] Enter => ["-t", $"{_keeper.Id}", "-m", "-n", "--"];

    private bool IsInside(string? pid)
    {
        try
        {
            return File.ResolveLinkTarget($"/proc/{pid}/ns/mnt", false)?.Name
                == File.ResolveLinkTarget($"/proc/{_keeper.Id}/ns/mnt", false)?.Name;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
