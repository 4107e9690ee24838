namespace GaleraGate.Daemon.Options;

/// <summary>Requires that a file with a password can be read only by those who may have the password.</summary>
internal static class SecretFile
{
    /// <exception cref="FormatException">Every local user can read it, and no option allows that; the message is one
    /// line for people.</exception>
    public static void MustBePrivate(string file, Settings settings)
    {
        if (IsOpen(file) && !settings.Flag(OptionTable.InsecurePermissions.Name))
        {
            throw new FormatException(
                $"{file} holds a password and everybody on this host can read it: chmod o-r {file}, or say "
                + "--insecure-permissions");
        }
    }

    public static bool IsOpen(string file) => (File.GetUnixFileMode(file) & UnixFileMode.OtherRead) != 0;
}
