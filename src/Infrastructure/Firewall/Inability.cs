namespace GaleraGate.Infrastructure.Firewall;

/// <summary>Something that a gate needs but this host cannot do at present.</summary>
/// <param name="Says">What, in one line.</param>
/// <param name="Fix">The command that fixes it.</param>
/// <param name="IsPassing">It may work in a moment: another program is using it.</param>
public sealed record Inability(string Says, string Fix, bool IsPassing = false)
{
    /// <summary>The fix for a process that lacks the right to change rules.</summary>
    internal const string Rights = "run as root, or AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW in the unit";

    /// <summary>
    /// RHEL and its derivatives ship the xtables modules in a separate package, which a minimal host lacks.
    /// </summary>
    private static readonly Lazy<bool> IsRedHat = new(() => ReadRelease().Any(line =>
        line.StartsWith("ID", StringComparison.Ordinal)
        && (line.Contains("rhel", StringComparison.Ordinal) || line.Contains("fedora", StringComparison.Ordinal))));

    internal static string Install(string debian, string redHat, string verb) => IsRedHat.Value
        ? $"dnf {verb} {redHat}"
        : $"apt-get {(verb == "install" ? verb : "install --reinstall")} {debian}";

    /// <param name="isExtra">Whether RHEL ships the module in a separate package.</param>
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
