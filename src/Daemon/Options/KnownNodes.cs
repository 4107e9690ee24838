using System.Text.Json;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// The node names that this host knows without asking others, for completion: those in the configuration, and those
/// with a journal here. Nothing is verified, and unreadable files are skipped, because a shell prompt must not show
/// errors.
/// </summary>
internal static class KnownNodes
{
    private const int MostOfALine = 4096;

    public static IReadOnlyList<string> Find()
    {
        var file = Attempt(() => ConfigFile.Read(ConfigFile.DefaultPath, _ => { }, _ => { }))
            ?? new Dictionary<string, (string Value, string Where)>();
        string Of(OptionRow row) =>
            Environment.GetEnvironmentVariable(row.Variable)
            ?? (file.TryGetValue(row.Name, out var line) ? line.Value : row.Default);
        var peers = Of(OptionTable.Peers).Split(',', StringSplitOptions.TrimEntries);
        IEnumerable<string?> names =
        [
            Of(OptionTable.Node),
            NodeOf(Of(OptionTable.Journal)),
            .. peers.Where(peer => !peer.Contains('/', StringComparison.Ordinal)).Select(HostOf),
        ];
        return [.. names.OfType<string>().Where(IsWord).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>The node of a journal, from the first line of its newest segment.</summary>
    private static string? NodeOf(string journal) => Attempt(() =>
    {
        var newest = Directory.EnumerateFiles(journal, "*.jsonl").Max(StringComparer.Ordinal);
        using var stream = new FileStream(newest!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var begin = new byte[MostOfALine];
        var length = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        var json = new Utf8JsonReader(begin.AsSpan(0, length), isFinalBlock: false, default);
        while (json.Read())
        {
            if (json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("node"))
            {
                return json.Read() ? json.GetString() : null;
            }
        }

        return null;
    });

    private static string HostOf(string peer) =>
        peer.Count(c => c == ':') == 1 ? peer[..peer.IndexOf(':', StringComparison.Ordinal)] : peer;

    /// <summary>Whether a shell treats it as one word.</summary>
    private static bool IsWord(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':');

    private static T? Attempt<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException
            or UnauthorizedAccessException
            or FormatException
            or JsonException
            or InvalidOperationException
            or ArgumentException)
        {
            return null;
        }
    }
}
