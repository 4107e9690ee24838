using System.Globalization;
using System.IO.Compression;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>
/// The journal's files. A segment is named by the seq of its first event, so names sort in the order of events; a sealed one may be compressed. Beside it
/// stand what is carried into it and, once it is sealed, its index.
/// </summary>
public static class Segment
{
    /// <summary>A segment that is longer is sealed, and a new one begun.</summary>
    public const long DefaultBytes = 64L << 20;

    private const string Extension = ".jsonl";
    private const string Compressed = Extension + ".gz";
    private const int Digits = 20;
    private const string LockName = "lock";

    public static string Name(long firstSeq) => Digit(firstSeq) + Extension;

    public static string CompressedPath(string segment) => segment + ".gz";

    public static bool IsCompressed(string segment) => segment.EndsWith(Compressed, StringComparison.Ordinal);

    /// <summary>The events that matter of all that is before the segment.</summary>
    public static string CarryPath(string segment) => Path.Combine(Path.GetDirectoryName(segment)!, Digit(FirstSeq(segment)) + ".carry");

    /// <summary>The lock that the one writer of a journal holds.</summary>
    public static string LockPath(string directory) => Path.Combine(directory, LockName);

    /// <summary>
    /// True for what a journal consists of: the lock, the segments and all that is made for a segment.
    /// </summary>
    public static bool IsOfJournal(string path) => Path.GetFileName(path) == LockName || SeqInName(path) is not null;

    /// <summary>
    /// The seq that the name of a segment, or of a file made for one, begins with; null for any other file.
    /// </summary>
    public static long? SeqInName(string path)
    {
        var name = Path.GetFileName(path.AsSpan());
        return name.Length > Digits && name[Digits] == '.'
            && long.TryParse(name[..Digits], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : null;
    }

    public static string IndexPath(string segment) => segment + ".index";

    public static long FirstSeq(string segment) => long.Parse(Path.GetFileName(segment).AsSpan(0, Digits), CultureInfo.InvariantCulture);

    /// <summary>The segments of a journal, oldest first; one that is there in both forms, because it is being compressed, is there once.</summary>
    public static IReadOnlyList<string> Of(string directory) =>
    [
        .. Directory.EnumerateFiles(directory).Where(IsSegment)
            .GroupBy(FirstSeq).Select(forms => forms.Order(StringComparer.Ordinal).First()).OrderBy(FirstSeq),
    ];

    /// <summary>The segment in the form that it has now: somebody may have compressed it since its name was read.</summary>
    public static string Now(string segment) =>
        File.Exists(segment) ? segment : IsCompressed(segment) ? segment : File.Exists(CompressedPath(segment)) ? CompressedPath(segment) : segment;

    /// <summary>Opens the text of a segment for reading, from one of its blocks on.</summary>
    public static Stream Open(string segment, long fileOffset = 0)
    {
        var file = new FileStream(segment, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        _ = file.Seek(fileOffset, SeekOrigin.Begin);
        return IsCompressed(segment) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static string Digit(long seq) => seq.ToString("D20", CultureInfo.InvariantCulture);

    private static bool IsSegment(string path) =>
        SeqInName(path) is not null && Path.GetFileName(path.AsSpan())[Digits..] is Extension or Compressed;
}
