using System.Text;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// Each line of a galeragate.conf is an option or is rejected in one line, and so is each value; what is read and
/// written again reads the same.
/// </summary>
internal static class OptionFile
{
    public static IEnumerable<byte[]> Seeds() =>
        OptionTable.All.Chunk(12)
            .Select(rows => string.Concat(rows.Select(row => $"{row.Name} = {row.Default}\n")))
            .Append("[galeragate]\n# x\n; y\ngate-port = \"3308\"\nrise=3\nrise=4\npeers = 10.0.0.1, db2:3309\n")
            .Append("fall = 2\nopen-after = 1.5s\nsource-address = 10.0.0.0/8,192.168.1.1\nnode = n1\nlisten=*:9200\n")
            .Append("lease = 5s\nmax-receive-queue = 100:50\nlocal-clients = true\n")
            .Append("nonblocking-sst-methods = mariabackup\n")
            .Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        var file = Scratch.File("galeragate.conf", input);
        var strict = Check.Refusable(() => ConfigFile.Read(file));
        var said = new List<string>();
        var options = ConfigFile.Read(file, said.Add, said.Add);
        said.ForEach(Check.IsOneLine);
        Check.That(strict is null || strict.Count == options.Count, "read otherwise when nothing is wrong");
        foreach (var row in OptionTable.All.Where(row => options.ContainsKey(row.Name)))
        {
            var value = options[row.Name].Value;
            foreach (var part in row.IsList ? value.Split(',') : [value])
            {
                var wrong = row.Wrong(part);
                Check.IsOneLine(wrong);
                if (wrong is null && OptionTable.Policy.Contains(row))
                {
                    _ = Check.Refusable(() => Policy.Create(new Dictionary<string, string> { [row.Name] = value }));
                }
            }
        }

        var again = string.Concat(options.Select(option => $"{option.Key} = \"{option.Value.Value}\"\n"));
        var read = ConfigFile.Read(Scratch.File("again.conf", Encoding.UTF8.GetBytes(again)));
        Check.Same(
            options.Select(option => (option.Key, option.Value.Value)),
            read.Select(option => (option.Key, option.Value.Value)),
            "written and read again");
    }
}
