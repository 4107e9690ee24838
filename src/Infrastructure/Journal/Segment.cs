using System.Globalization;
using System.IO.Compression;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The journal's files. A segment is named for the seq of its first event, so names sort in the order of events; a
/// sealed one may be compressed. Beside it are the events carried into it and, once it is sealed, its index.
/// </summary>
public static class Segment
{
    /// <summary>A segment longer than this is sealed, and a new one begins.</summary>
    public const long DefaultBytes = 64L << 20;

    private const string Extension = ".jsonl";
    private const string Compressed = Extension + ".gz";
    private const int Digits = 20;
    private const string LockName = "lock";

    public static string Name(long firstSeq) => Digit(firstSeq) + Extension;

    public static string CompressedPath(string segment) => segment + ".gz";

    public static bool IsCompressed(string segment) => segment.EndsWith(Compressed, StringComparison.Ordinal);

    /// <summary>The file with the events from before the segment that still matter.</summary>
    public static string CarryPath(string segment) =>
        Path.Combine(Path.GetDirectoryName(segment)!, Digit(FirstSeq(segment)) + ".carry");

    /// <summary>The lock that a journal's only writer holds.</summary>
    public static string LockPath(string directory) => Path.Combine(directory, LockName);

    /// <summary>True for the files of a journal: the lock, the segments and all files derived from them.</summary>
    public static bool IsOfJournal(string path) => Path.GetFileName(path) == LockName || SeqInName(path) is not null;

    /// <summary>
    /// The seq at the beginning of a file name of a segment or a derived file; null for any other file.
    /// </summary>
    public static long? SeqInName(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        return name.Length > Digits && name[Digits] == '.'
            && long.TryParse(name[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : null;
    }

    /// <summary>A file derived from a sealed segment.</summary>
    internal static string DerivedPath(string segment, string kind) =>
        Path.Combine(Path.GetDirectoryName(segment)!, $"{Digit(FirstSeq(segment))}.{kind}");

    public static string IndexPath(string segment) => segment + ".index";

    public static long FirstSeq(string segment) =>
        long.Parse(Path.GetFileName(segment).AsSpan(0, Digits), CultureInfo.InvariantCulture);

    /// <summary>
    /// The segments of a journal, oldest first. A segment that exists in both forms, because it is being compressed, is
    /// listed once. If a file is renamed while a long directory is listed, it may be missing from the list; so the
    /// directory is listed until two lists agree.
    /// </summary>
    public static IReadOnlyList<string> Of(string directory)
    {
        var listed = List(directory);
        while (true)
        {
            var again = List(directory);
            if (again.Select(FirstSeq).SequenceEqual(listed.Select(FirstSeq)))
            {
                return again;
            }

            listed = again;
        }
    }

    /// <summary>
    /// The names that a listed segment may have by now, in the order in which to try them: the compressed file exists
    /// before the plain one is deleted.
    /// </summary>
    public static IReadOnlyList<string> Forms(string segment)
    {
        var plain = Path.Combine(Path.GetDirectoryName(segment)!, Name(FirstSeq(segment)));
        return [plain, CompressedPath(plain)];
    }

    /// <summary>Opens the text of exactly this file.</summary>
    public static Stream Open(string segment)
    {
        var file = OpenFile(segment);
        return IsCompressed(segment) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    internal static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);

    private static string Digit(long seq) => seq.ToString("D20", CultureInfo.InvariantCulture);

    private static List<string> List(string directory) =>
    [
        .. Directory.EnumerateFiles(directory).Where(IsSegment)
            .GroupBy(FirstSeq).Select(forms => forms.Order(StringComparer.Ordinal).First()).OrderBy(FirstSeq),
    ];

    private static bool IsSegment(string path) =>
        SeqInName(path) is not null && Path.GetFileName(path.AsSpan())[Digits..] is Extension or Compressed;
}
