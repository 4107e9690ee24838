using System.Reflection;

namespace GaleraGate.Daemon;

internal static class About
{
    /// <summary>The program's version, without what the build appends to it.</summary>
    public static string Version { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
