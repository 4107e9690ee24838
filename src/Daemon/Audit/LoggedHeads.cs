using System.Globalization;
using System.Text.RegularExpressions;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Audit;

/// <summary>
/// The heads of a journal that its daemon wrote to the system log, where a person who rewrites the journal cannot
/// change them.
/// </summary>
internal static partial class LoggedHeads
{
    private const string Reader = "journalctl";

    /// <summary>The heads, hash by seq, of the journal in a directory; empty if this host's log has none.</summary>
    /// <param name="since">Older log entries are about an earlier journal in the same place.</param>
    /// <param name="trouble">Called with the reason if the log could not be read.</param>
    public static async Task<IReadOnlyDictionary<long, string>> OfAsync(
        string directory, DateTimeOffset? since, Action<string> trouble, CancellationToken cancellationToken)
    {
        var heads = new Dictionary<long, string>();
        if (SystemCommand.Find(Reader) is null)
        {
            return heads;
        }

        // Any user may write to the log, but the identity of the writer cannot be forged.
        var seconds = since?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var outcome = await SystemCommand.RunAsync(
            Reader,
            [
                "--quiet",
                "--no-pager",
                "--output=cat",
                "--grep=is sealed, head #",
                $"_UID={FileLook.At(directory).Owner}",
                .. seconds is null ? Array.Empty<string>() : [$"--since=@{seconds}"],
            ],
            "", cancellationToken);
        if (!outcome.Succeeded && outcome.Error.Length > 0)
        {
            trouble($"the heads in the system log are not compared: {outcome.Error}");
        }

        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        foreach (var found in outcome.Output.Split('\n').Select(line => Sealed().Match(line).Groups))
        {
            if (Path.GetDirectoryName(found["segment"].Value) == folder
                && long.TryParse(found["seq"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
            {
                heads[seq] = found["hash"].Value;
            }
        }

        return heads;
    }

    [GeneratedRegex(@"journal: (?<segment>/.*/\d{20}\.jsonl) is sealed, head #(?<seq>\d+) (?<hash>[0-9a-f]{64})$")]
    private static partial Regex Sealed();
}
