using System.Runtime.CompilerServices;

namespace GaleraGate.Domain.Tests;

/// <summary>The documents that tests hold against the code.</summary>
internal static class Documents
{
    public static string Folder { get; } = Path.Combine(Root(), "docs");

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "../.."));
}
