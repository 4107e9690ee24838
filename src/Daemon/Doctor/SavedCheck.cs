using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks the files from which this host restores its firewall rules at boot for rules of a gate.</summary>
internal static class SavedCheck
{
    private const string Subject = "saved-tables";

    public static async Task<Finding> ExamineAsync(CancellationToken cancellationToken)
    {
        var (saved, unread, flushing) = SavedTables.Look();
        var bad = saved.Where(one => one.AtBoot != AtBoot.Closed).ToList();
        var refusal = bad.Exists(one => one.IsNative)
            ? await SavedTables.RefusalAsync(SystemCommand.RunAsync, cancellationToken)
            : null;
        return (bad, unread) switch
        {
            _ when refusal is not null => Finding.Error(
                Subject,
                string.Join("; ", bad.Select(one => one.IsNative ? Refused(one, $"loaded: {refusal}") : Words(one))),
                Fix(bad)),
            ([], []) => Finding.Ok(
                Subject,
                (saved.Count == 0
                    ? "no rule of a gate is saved for the next boot"
                    : $"{saved[0].File} has {Named(saved[0])} without a redirect that works: at boot the gate is "
                        + "closed")
                + Flush(flushing)),
            ([], _) => Finding.Warning(Subject, $"not known: {string.Join("; ", unread)}", "run as root"),
            _ when bad.TrueForAll(one => one.AtBoot == AtBoot.OpenForAMoment) => Finding.Warning(
                Subject, Words(bad) + Flush(flushing), Fix(bad)),
            _ => Finding.Error(Subject, Words(bad), Fix(bad)),
        };
    }

    private static string Flush(string? file) => file is null
        ? ""
        : $"; {file} flushes all tables: a reload of nftables removes the gate's rules, and the daemon puts them "
            + "back within a second";

    private static string Words(IEnumerable<SavedTable> saved) => string.Join("; ", saved.Select(Words));

    private static string Words(SavedTable one) => one.AtBoot switch
    {
        AtBoot.Refused => Refused(one, "restored without its set"),
        AtBoot.OpenForAMoment => $"{one.File} has a redirect of {Named(one)}, and its lease: whenever the file is "
            + "loaded, the gate is open for some seconds, or until galeragate closes it, even if the node is unfit",
        _ => $"{one.File} has a redirect of {Named(one)}: after a boot the gate is open until galeragate starts, and "
            + "stays open if it does not",
    };

    private static string Refused(SavedTable one, string why) =>
        $"{one.File} has rules of {one.Gate} that cannot be {why}: at boot the file is refused as a whole, and the "
            + "host has no firewall";

    private static string Fix(IEnumerable<SavedTable> saved) => string.Join("; ", saved.Select(one => one.Fix));

    private static string Named(SavedTable saved) => $"the {(saved.IsNative ? "table" : "chain")} {saved.Gate}";
}
