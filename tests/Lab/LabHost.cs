using System.Globalization;

namespace GaleraGate.Lab;

/// <summary>
/// One lab: a folder, namespaces and processes, all marked with its id and all removed at the end. If its owner died
/// without removing it, the next lab does so.
/// </summary>
public sealed class LabHost : IDisposable
{
    private const string Root = "/tmp/galeragate-lab";
    private const string Prefix = "gglab-";

    private static int _count;

    private readonly List<Space> _spaces = [];

    public LabHost()
    {
        SweepAbandoned();
        Id = string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessId}x{Interlocked.Increment(ref _count)}");
        Folder = Path.Combine(Root, Prefix + Id);
        _ = Directory.CreateDirectory(Folder);
        File.WriteAllText(OwnerFile(Folder), $"{Environment.ProcessId} {StartTime(Environment.ProcessId)}");
    }

    public string Id { get; }

    public string Folder { get; }

    public Space AddSpace(string name)
    {
        var space = new Space($"{Prefix}{Id}-{name}");
        Shell.Run("ip", ["netns", "add", space.Name]);
        _spaces.Add(space);
        space.Run("ip", ["link", "set", "lo", "up"]);
        return space;
    }

    /// <summary>A server and a client with a link between them: 10.77.0.1 and fd77::1, 10.77.0.2 and fd77::2.</summary>
    public (Space Server, Space Client) AddLinkedSpaces()
    {
        var (server, client) = (AddSpace("server"), AddSpace("client"));
        client.Run("ip", ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", server.Name]);
        foreach (var (space, number) in new[] { (server, 1), (client, 2) })
        {
            space.Run("ip", ["addr", "add", $"10.77.0.{number}/24", "dev", "eth0"]);
            space.Run("ip", ["-6", "addr", "add", $"fd77::{number}/64", "dev", "eth0", "nodad"]);
            space.Run("ip", ["link", "set", "eth0", "up"]);
        }

        return (server, client);
    }

    /// <summary>Keeps the lab after this process exits, until <see cref="SweepAll"/>.</summary>
    public void Keep() => File.Delete(OwnerFile(Folder));

    public void Dispose() => TakeAway(Folder);

    /// <summary>Removes the labs of this process, for a process that must exit now.</summary>
    public static void TakeAwayOwn() =>
        Sweep(folder =>
            Path.GetFileName(folder).StartsWith($"{Prefix}{Environment.ProcessId}x", StringComparison.Ordinal));

    /// <summary>Removes the labs whose owners are gone.</summary>
    public static void SweepAbandoned() => Sweep(folder => File.Exists(OwnerFile(folder)) && !OwnerLives(folder));

    /// <summary>Removes every lab, including those in use and those kept.</summary>
    public static void SweepAll() => Sweep(_ => true);

    private static void Sweep(Func<string, bool> which)
    {
        if (!Directory.Exists(Root))
        {
            return;
        }

        foreach (var folder in Directory.GetDirectories(Root, Prefix + "*").Where(which))
        {
            TakeAway(folder);
        }
    }

    private static void TakeAway(string folder)
    {
        var lab = Path.GetFileName(folder);
        foreach (var space in Shell
            .Run("ip", ["netns", "list"])
            .Split('\n')
            .Select(line => line.Split(' ')[0])
            .Where(name => name.StartsWith(lab + "-", StringComparison.Ordinal)))
        {
            foreach (var pid in Shell
                .Try("ip", ["netns", "pids", space])
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                Shell.Signal("-KILL", int.Parse(pid, CultureInfo.InvariantCulture));
            }

            _ = Shell.Try("ip", ["netns", "del", space]);
        }

        // Servers of the lab that run outside its namespaces have its folder on their command line.
        foreach (var pid in Directory
            .GetDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => name!.All(char.IsAsciiDigit))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)))
        {
            if (pid != Environment.ProcessId && CommandLine(pid).Contains(folder + "/", StringComparison.Ordinal))
            {
                Shell.Signal("-KILL", pid);
            }
        }

        foreach (var mounted in File.ReadLines("/proc/mounts").Select(line => line.Split(' ')[1])
            .Where(path => path.StartsWith(folder + "/", StringComparison.Ordinal)))
        {
            _ = Shell.Try("umount", ["-l", mounted]);
        }

        // A killed process may still write while it exits.
        for (var i = 0; Directory.Exists(folder) && i < 50; i++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string OwnerFile(string folder) => Path.Combine(folder, "owner");

    private static bool OwnerLives(string folder)
    {
        var owner = File.ReadAllText(OwnerFile(folder)).Split(' ');
        return owner.Length == 2 && StartTime(int.Parse(owner[0], CultureInfo.InvariantCulture)) == owner[1];
    }

    /// <summary>A pid and its start time identify one process for as long as the host is up.</summary>
    private static string StartTime(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ", 2)[1].Split(' ')[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
