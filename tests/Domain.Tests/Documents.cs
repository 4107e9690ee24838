using System.Runtime.CompilerServices;

namespace GaleraGate.Domain.Tests;

/// <summary>The documents that tests compare with the code.</summary>
internal static class Documents
{
    public static string Folder { get; } = Path.Combine(Root(), "docs");

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../.."));
}
