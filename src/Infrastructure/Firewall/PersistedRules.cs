using System.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Firewall;

/// <summary>
/// The file from which the host brings its filter rules back at boot. Only our own lines in it are touched: saving the tables as they are would also save
/// the gate's rules, which name a set that is not there at boot, and a restore is all or nothing.
/// </summary>
public static class PersistedRules
{
    private const string Table = "*filter";
    private const string Commit = "COMMIT";

    /// <summary>The file of a family, where the host keeps one: netfilter-persistent's, or the iptables service's; null where it has neither.</summary>
    public static string? FileOf(Family family)
    {
        var (debian, redHat) = family == Family.Ipv6 ? ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables") : ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables");
        return SystemCommand.Find("netfilter-persistent") is not null || File.Exists(debian) ? debian : File.Exists(redHat) ? redHat : null;
    }

    /// <summary>Writes the file anew, whole or not at all; says what it did.</summary>
    /// <param name="wanted">Our part of the filter table; null: none.</param>
    public static string Write(Family family, string chain, TableRules? wanted)
    {
        if (FileOf(family) is not { } file)
        {
            return wanted is null ? "" : $"{family.ToString().ToLowerInvariant()}: not kept over a reboot: this host has neither netfilter-persistent nor /etc/sysconfig/iptables";
        }

        var before = File.Exists(file) ? File.ReadAllText(file) : "";
        var after = With(before, chain, wanted);
        if (after == before)
        {
            return $"{file} is as it should be";
        }

        _ = Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var mode = File.Exists(file) ? File.GetUnixFileMode(file) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = file + ".galeragate";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
        {
            stream.Write(Encoding.UTF8.GetBytes(after));
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, file, overwrite: true);
        return $"{file} written";
    }

    /// <summary>The text of iptables-save with our part of the filter table as wanted and everything else as it was.</summary>
    public static string With(string text, string chain, TableRules? wanted)
    {
        var lines = text.Split('\n').Where(line => !IsOurs(line, chain)).ToList();
        if (wanted is null)
        {
            return string.Join('\n', lines);
        }

        var table = lines.FindIndex(line => line.Trim() == Table);
        if (table < 0)
        {
            lines.InsertRange(lines.Count > 0 && lines[^1].Length == 0 ? lines.Count - 1 : lines.Count, [Table, ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", Commit]);
            table = lines.FindIndex(line => line == Table);
            if (lines[^1].Length > 0)
            {
                lines.Add("");
            }
        }

        // Chains first, then our jump before every other rule, then our rules.
        var rules = lines.FindIndex(table + 1, line => !line.StartsWith(':') && !line.StartsWith('#'));
        lines.InsertRange(rules, [$":{chain} - [0:0]", .. wanted.Jumps, .. wanted.Rules ?? []]);
        return string.Join('\n', lines);
    }

    private static bool IsOurs(string line, string chain) =>
        line.StartsWith($":{chain} ", StringComparison.Ordinal) || line.Contains($"-A {chain} ", StringComparison.Ordinal) || line.TrimEnd().EndsWith($" -j {chain}", StringComparison.Ordinal);
}
