using System.Text.RegularExpressions;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// The rules that the script itself left behind: those of a checker that was killed, or of the one being replaced. Any
/// of them would keep the port open whatever galeragate decides, so all are removed, including duplicates; nothing else
/// in the chain is touched.
/// </summary>
internal static partial class ScriptRules
{
    /// <summary>
    /// Removes them; returns a line for each, and for each address family whose rules cannot be read or changed.
    /// </summary>
    public static async Task<IReadOnlyList<string>> TakeAwayAsync(
        string mirrorPort, string realPort, IEnumerable<Family> families, CancellationToken cancellationToken)
    {
        var iptables = new IptablesCommand(SystemCommand.RunAsync);
        var lines = new List<string>();
        foreach (var family in families)
        {
            var name = iptables.Name(family);
            var listed = await iptables.ListAsync(family, cancellationToken);
            if (!listed.Succeeded)
            {
                lines.Add($"{name}: the rules cannot be listed: {listed.Error}");
                continue;
            }

            var left = listed
                .Output.Split('\n')
                .Where(rule =>
                    OfScript().Match(rule) is { Success: true } match
                    && match.Groups["mirror"].Value == mirrorPort
                    && match.Groups["real"].Value == realPort)
                .ToList();
            if (left.Count == 0)
            {
                continue;
            }

            // All or nothing: -D removes the first equal rule, so a duplicate is named as often as it exists.
            var done = await iptables.RestoreAsync(
                family,
                $"*nat\n{string.Concat(left.Select(rule => $"-D {rule[3..].Trim()}\n"))}COMMIT\n",
                cancellationToken);
            lines.AddRange(
                left.Select(rule =>
                    done.Succeeded
                        ? $"{name}: the script's own rule taken away: {rule}"
                        : $"{name}: the script's own rule is still there: {rule}: {done.Error}"));
        }

        return lines;
    }

    [GeneratedRegex(
        @"^-A PREROUTING( -s \S+)? -p tcp -m tcp --dport (?<mirror>\d+) -j REDIRECT --to-ports (?<real>\d+)\s*$")]
    private static partial Regex OfScript();
}
