namespace GaleraGate.Fuzzing.Targets;

internal static class TargetTable
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("my-cnf", MyCnf.Run, MyCnf.Seeds),
        new("option-file", OptionFile.Run, OptionFile.Seeds),
        new("journal-line", JournalLines.Run, JournalLines.Seeds),
        new("journal-folder", JournalFolder.Run, JournalFolder.Seeds),
        new("show-answer", ShowAnswers.Run, ShowAnswers.Seeds),
        new("iptables", Tables.Run, Tables.Seeds),
        new("saved-rules", SavedRules.Run, SavedRules.Seeds),
        new("nft-rule", NftRules.Run, NftRules.Seeds),
        new("first-line", FirstLines.Run, FirstLines.Seeds),
        new("peer-status", PeerAnswers.Run, PeerAnswers.Seeds),
        new("arguments", Arguments.Run, Arguments.Seeds),
    ];

    public static Target Named(string name) =>
        All.FirstOrDefault(target => target.Name == name) ?? throw new ArgumentException($"there is no target {name}");
}
