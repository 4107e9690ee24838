namespace GaleraGate.Infrastructure.Firewall;

/// <summary>Something that a gate needs and this host cannot do now.</summary>
/// <param name="Says">What, in one line.</param>
/// <param name="Fix">The command that changes that.</param>
/// <param name="IsPassing">It may work in a moment: another program is at it.</param>
public sealed record Inability(string Says, string Fix, bool IsPassing = false)
{
    /// <summary>What whoever may not change rules lacks.</summary>
    internal const string Rights = "run as root, or AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW in the unit";

    /// <summary>
    /// RHEL and its kin keep the modules of xtables in a package of their own, which a minimal host lacks.
    /// </summary>
    private static readonly Lazy<bool> IsRedHat = new(() => ReadRelease().Any(line =>
        line.StartsWith("ID", StringComparison.Ordinal)
        && (line.Contains("rhel", StringComparison.Ordinal) || line.Contains("fedora", StringComparison.Ordinal))));

    internal static string Install(string debian, string redHat, string verb) => IsRedHat.Value
        ? $"dnf {verb} {redHat}"
        : $"apt-get {(verb == "install" ? verb : "install --reinstall")} {debian}";

    /// <param name="isExtra">Whether RHEL has the module in a package of its own.</param>
    internal static string Load(string module, bool isExtra = true) => IsRedHat.Value && isExtra
        ? $"dnf install kernel-modules-extra-$(uname -r) && modprobe {module}"
        : $"modprobe {module}";

    private static string[] ReadRelease()
    {
        try
        {
            return File.ReadAllLines("/etc/os-release");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
