using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.ClusterFirewall;

/// <summary>
/// The file from which the host restores its filter rules at boot. Only our own lines in it are changed. Saving the
/// current rules wholesale would also save the gate's rules, which refer to a set that does not exist at boot, and a
/// restore is all or nothing.
/// </summary>
public static class PersistedRules
{
    private const string Table = "*filter";
    private const string Commit = "COMMIT";

    /// <summary>
    /// An address family's file: that of netfilter-persistent or of the iptables service; null if the host has neither.
    /// </summary>
    public static string? FileOf(Family family)
    {
        var (debian, redHat) = family == Family.Ipv6
            ? ("/etc/iptables/rules.v6", "/etc/sysconfig/ip6tables")
            : ("/etc/iptables/rules.v4", "/etc/sysconfig/iptables");
        return SystemCommand.Find("netfilter-persistent") is not null || File.Exists(debian) ? debian
            : File.Exists(redHat) ? redHat : null;
    }

    /// <summary>
    /// Writes our part into an address family's file, all or nothing. The returned line describes the result.
    /// </summary>
    /// <param name="wanted">Our part of the filter table; null for nothing.</param>
    /// <exception cref="IOException">The file cannot be written; it is unchanged.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static string Write(Family family, string chain, FilterRules? wanted) => FileOf(family) is { } file
        ? Write(file, chain, wanted)
        : wanted is null ? ""
        : $"{family.ToString().ToLowerInvariant()}: not kept over a reboot: "
            + "this host has neither netfilter-persistent nor /etc/sysconfig/iptables";

    /// <inheritdoc cref="Write(Family, string, FilterRules?)"/>
    public static string Write(string file, string chain, FilterRules? wanted)
    {
        // If the path is a symbolic link, keep the link and write to its target.
        var target = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
        var isThere = File.Exists(target);

        // Keep the bytes of other people's comments, whatever their encoding.
        var before = isThere ? File.ReadAllBytes(target) : [];
        var text = With(Encoding.Latin1.GetString(before), chain, wanted is null ? null : InBytes(wanted));
        var after = Encoding.Latin1.GetBytes(text);
        if (after.AsSpan().SequenceEqual(before))
        {
            return $"{file} is as it should be";
        }

        _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        var mode = isThere ? File.GetUnixFileMode(target) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = target + ".galeragate";
        try
        {
            using (var stream = new FileStream(temporary, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
            }))
            {
                stream.Write(after);
                stream.Flush(flushToDisk: true);
            }

            File.SetUnixFileMode(temporary, mode);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return $"{file} written";
    }

    /// <summary>
    /// The text of iptables-save with our part of the filter table replaced and everything else unchanged. If other
    /// people's rules jump to our chain, they stay, and so does the chain's declaration: a jump to a chain that does
    /// not exist makes the whole file fail.
    /// </summary>
    public static string With(string text, string chain, FilterRules? wanted)
    {
        var lines = text.Split('\n').Where(line => !IsOurs(line, chain)).ToList();
        var isNamed = lines.Exists(line => Ends(line, $" -j {chain}") || Ends(line, $" -g {chain}"));
        wanted ??= isNamed ? new FilterRules(chain, [], []) : null;
        if (wanted is null)
        {
            return string.Join('\n', lines);
        }

        var table = lines.FindIndex(line => line.Trim() == Table);
        if (table < 0)
        {
            string[] whole = [Table, ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", Commit];
            lines.InsertRange(lines.Count > 0 && lines[^1].Length == 0 ? lines.Count - 1 : lines.Count, whole);
            table = lines.FindIndex(line => line == Table);
            if (lines[^1].Length > 0)
            {
                lines.Add("");
            }
        }

        // Chains first, then our jump before every other rule, then our rules. A file may be cut off there.
        var rules = lines.FindIndex(table + 1, line => !line.StartsWith(':') && !line.StartsWith('#'));
        rules = rules < 0 ? lines.Count : rules;
        lines.InsertRange(rules, [$":{chain} - [0:0]", .. wanted.Input, .. wanted.Rules ?? []]);
        return string.Join('\n', lines);
    }

    private static bool Ends(string line, string end) => line.TrimEnd().EndsWith(end, StringComparison.Ordinal);

    private static FilterRules InBytes(FilterRules rules) => rules with
    {
        Rules = [.. (rules.Rules ?? []).Select(rule => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(rule)))],
    };

    /// <summary>The chain, its rules, and our jump; iptables-save -c puts counters before a rule.</summary>
    private static bool IsOurs(string line, string chain)
    {
        var rule = (line.StartsWith('[') ? line[(line.IndexOf(']', StringComparison.Ordinal) + 1)..] : line).Trim();
        return rule.StartsWith($":{chain} ", StringComparison.Ordinal)
            || rule.StartsWith($"-A {chain} ", StringComparison.Ordinal)
            || rule == FilterRules.JumpTo(chain);
    }
}
