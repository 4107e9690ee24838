using System.Runtime.CompilerServices;

namespace GaleraGate.Lab;

/// <summary>
/// The checkout that the tests were built from, so that tests can compare documents and packaging with the program.
/// </summary>
public static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
