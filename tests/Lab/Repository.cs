using System.Runtime.CompilerServices;

namespace GaleraGate.Lab;

/// <summary>
/// The checkout that the tests were built from: documents and packaging are held against the program.
/// </summary>
public static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../.."));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
