using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Control;

/// <summary>The ten words that every output uses. docs/concepts.md has the same list; a test compares.</summary>
internal static class Legend
{
    private const int Indent = 14;

    public static IReadOnlyList<(string Word, string Means)> Words { get; } =
    [
        ("good probe", "an answer of the server that shows a fit node; a bad probe shows an unfit one, or fails"),
        ("rise", "the number of good probes in a row that open the gate (--rise, 3)"),
        ("fall", "the number of bad probes in a row that close it for a soft fault (--fall, 2)"),
        ("soft fault", "one that may pass by itself, such as a donor or a slow answer; JSON calls it debounced. "
            + "Any other fault is immediate: it closes the gate at the first bad probe"),
        ("close-after", "how long a soft fault must also last (--close-after, 1 s)"),
        ("open-after", "how long the node must have been fit before the gate opens (--open-after, 0.5 s)"),
        ("back-off", "open-after doubles with each unplanned closing, up to 30 s; JSON calls the count of closings "
            + "that drives it penalty: it halves every minute"),
        ("lease", "the kernel closes the gate by itself when the daemon has not refreshed it for so long (--lease, "
            + "5 s)"),
        ("hold", "an operator, a file or the server's own unit keeps the gate closed until it is released"),
        ("drift", "a rule of the gate that something else changed; the daemon puts it back"),
    ];

    public static void Write()
    {
        foreach (var (word, means) in Words)
        {
            Terminal.Output.WriteWrapped(Line.Of(word.PadRight(Indent), Tone.Strong).Add(means), Indent);
        }
    }
}
