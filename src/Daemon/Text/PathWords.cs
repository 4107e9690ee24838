using GaleraGate.Infrastructure.ClusterFirewall;

namespace GaleraGate.Daemon.Text;

/// <summary>What a way came to, in a word; also on the wire, as the answer of /reach.</summary>
internal static class PathWords
{
    public const string Open = "OK";
    public const string Blocked = "blocked";
    public const string TooSmall = "trouble";
    public const string Apart = "apart";
    public const string Unknown = "not known";

    /// <summary>What another node may answer of a port.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Enum.GetValues<Reached>().Select(Of)];

    public static string Of(Reached reached) => reached switch
    {
        Reached.Open => Open,
        Reached.Refused => "nothing listens",
        Reached.Blocked => Blocked,
    };
}
