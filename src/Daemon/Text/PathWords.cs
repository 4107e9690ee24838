using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Text;

/// <summary>The result of testing a path, in a word; also used in the answer of /reach.</summary>
internal static class PathWords
{
    public const string Open = "OK";
    public const string Blocked = "blocked";
    public const string TooSmall = "trouble";
    public const string Apart = "apart";
    public const string Unknown = "not known";

    public const string Greeting = "greeting";
    public const string TurnedAway = "turned away";
    public const string Refused = "refused";
    public const string Silent = "no answer";

    /// <summary>The answers that another node may give about a gate.</summary>
    public static IReadOnlyList<string> KnownOfGates { get; } = [Greeting, TurnedAway, Refused, Silent, Unknown];

    public static string Of(Knocked knocked) => knocked switch
    {
        Knocked.Greeted => Greeting,
        Knocked.Answered => TurnedAway,
        Knocked.Refused => Refused,
        Knocked.NoRoute => Unknown,
        Knocked.Silent => Silent,
    };

    /// <summary>The answers that another node may give about a port.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. Enum.GetValues<Reached>().Select(Of)];

    public static string Of(Reached reached) => reached switch
    {
        Reached.Open => Open,
        Reached.Refused => "nothing listens",
        Reached.Blocked => Blocked,
    };
}
