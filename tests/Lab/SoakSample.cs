using System.Globalization;

namespace GaleraGate.Lab;

/// <summary>The resources of a daemon's process at one moment.</summary>
internal sealed record SoakSample(
    string Node, int Pid, double Seconds, long ResidentKib, long PrivateKib, int Descriptors, int Threads,
    double CpuSeconds, long JournalBytes)
{
    public const string Columns = "node,pid,seconds,rss_kib,private_kib,descriptors,threads,cpu_seconds,journal_bytes";

    /// <summary>Samples a daemon; null if it is gone, even if something else has its number by now.</summary>
    public static SoakSample? Take(string node, int pid, double seconds, string journal)
    {
        try
        {
            var status = Fields(File.ReadLines($"/proc/{pid}/status"));
            if (status["Tgid"] != pid || File.ReadAllText($"/proc/{pid}/comm").Trim() != "galeragate")
            {
                return null;
            }

            var rollup = Fields(File.ReadLines($"/proc/{pid}/smaps_rollup").Skip(1));
            var times = File.ReadAllText($"/proc/{pid}/stat").Split(") ", 2)[1].Split(' ');
            return new SoakSample(
                node, pid, seconds, status["VmRSS"], rollup["Private_Clean"] + rollup["Private_Dirty"],
                Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length, (int)status["Threads"],
                (long.Parse(times[11], CultureInfo.InvariantCulture)
                    + long.Parse(times[12], CultureInfo.InvariantCulture)) / 100.0,
                new DirectoryInfo(journal).EnumerateFiles("*.jsonl*").Sum(file => file.Length));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            return null;
        }
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Node},{Pid},{Seconds:0},{ResidentKib},{PrivateKib},{Descriptors},{Threads},{CpuSeconds:0.00},"
        + $"{JournalBytes}");

    private static Dictionary<string, long> Fields(IEnumerable<string> lines) => lines
        .Select(line => line.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length > 1
            && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture));
}

/// <summary>
/// Whether a daemon used no more at the end than at the beginning: the median of the last quarter of its samples
/// against that of the first quarter. The first tenth is left out as warm-up.
/// </summary>
internal sealed class Flatness(IEnumerable<SoakSample> samples)
{
    private const double Share = 0.10;
    private const long SlackKib = 1024;

    /// <summary>The runtime adds and removes threads of its pool as it sees fit.</summary>
    private const long SlackThreads = 2;

    private readonly List<SoakSample> _samples = [.. samples];

    /// <summary>Memory may grow by a tenth and 1 MiB, threads by two, descriptors not at all.</summary>
    public IEnumerable<(bool Holds, string Figures)> Judge()
    {
        var warm = _samples.Skip(_samples.Count / 10).ToList();
        var quarter = Math.Max(1, warm.Count / 4);
        var (first, last) = (warm[..quarter], warm[^quarter..]);
        foreach (var (what, of, isMemory, slack) in new (string, Func<SoakSample, long>, bool, long)[]
        {
            ("resident", one => one.ResidentKib, true, SlackKib),
            ("private", one => one.PrivateKib, true, SlackKib),
            ("descriptors", one => one.Descriptors, false, 0),
            ("threads", one => one.Threads, false, SlackThreads),
        })
        {
            var (before, after) = (Median(first.Select(of)), Median(last.Select(of)));
            var most = (isMemory ? before * (1 + Share) : before) + slack;
            var peak = warm.Max(of);
            yield return (after <= most, isMemory
                ? $"{what} {before / 1024:0.0} -> {after / 1024:0.0} MiB, at most {peak / 1024.0:0.0}"
                : $"{what} {before:0} -> {after:0}, at most {peak}");
        }
    }

    private static double Median(IEnumerable<long> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
