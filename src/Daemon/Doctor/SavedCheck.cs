using GaleraGate.Infrastructure.ClusterFirewall;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Rules of a gate in the files from which this host restores its tables at boot.</summary>
internal static class SavedCheck
{
    public static Finding Examine()
    {
        const string Subject = "saved-tables";
        var (saved, unread) = SavedTables.Look();
        var bad = saved.Where(one => one.AtBoot != AtBoot.Closed).ToList();
        return (bad, unread) switch
        {
            ([], []) => Finding.Ok(
                Subject,
                saved.Count == 0
                    ? "no rule of a gate is saved for the next boot"
                    : $"{saved[0].File} has the chain {saved[0].Chain} without a redirect: at boot the gate is closed"),
            ([], _) => Finding.Warning(Subject, $"not known: {string.Join("; ", unread)}", "run as root"),
            _ => Finding.Error(
                Subject,
                string.Join("; ", bad.Select(Words)),
                string.Join("; ", bad.Select(one => one.Fix))),
        };
    }

    private static string Words(SavedTable saved) => saved.AtBoot == AtBoot.Refused
        ? $"{saved.File} has rules of {saved.Chain} that cannot be restored without its set: at boot the file is refused "
            + "as a whole, and the host has no firewall"
        : $"{saved.File} has a redirect of {saved.Chain}: after a boot the gate is open until galeragate starts, and stays "
            + "open if it does not";
}
