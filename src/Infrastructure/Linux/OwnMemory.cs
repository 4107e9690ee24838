using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure.Linux;

/// <summary>
/// Keeps a daemon that needs two megabytes from using a hundred. The start touches most of the program's code and
/// tables, and a running daemon only a fifth of them. So the pages that only the start needed are released once; if one
/// is used after all, the kernel maps it again from its cache. By itself the collector lets garbage grow to the size of
/// the processor's cache, which may be 80 MB; so it is told to collect after each <see cref="CollectAfterBytes"/>,
/// which takes half a millisecond.
/// </summary>
public static partial class OwnMemory
{
    private const long CollectAfterBytes = 1 << 20;
    private const int DoNotNeed = 4; // MADV_DONTNEED

    private static readonly TimeSpan StartIsOver = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>Runs until cancelled.</summary>
    public static async Task TendAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var (began, collected, isGivenBack) = (time.GetTimestamp(), 0L, false);
        for (; ; await Task.Delay(LookEvery, time, cancellationToken))
        {
            if (GC.GetTotalAllocatedBytes() is var allocated && allocated - collected > CollectAfterBytes)
            {
                collected = allocated;
                GC.Collect(1, GCCollectionMode.Forced, blocking: true);
            }

            if (!isGivenBack && time.GetElapsedTime(began) > StartIsOver)
            {
                isGivenBack = true;
                GiveBack();
            }
        }
    }

    /// <summary>
    /// Only in a native program, and only for mappings that are not writable and have no private page: releasing a
    /// modified page would lose the modification.
    /// </summary>
    private static void GiveBack()
    {
        if (RuntimeFeature.IsDynamicCodeSupported || Environment.ProcessPath is not { } program)
        {
            return;
        }

        try
        {
            (nint From, nint Bytes)? mapping = null;
            foreach (var line in File.ReadLines("/proc/self/smaps"))
            {
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (!words[0].EndsWith(':'))
                {
                    var isOurs =
                        words.Length > 5 && words[5] == program && words[1].StartsWith("r-", StringComparison.Ordinal);
                    mapping = isOurs ? Range(words[0]) : null;
                }
                else if (words[0] == "Private_Dirty:" && words[1] == "0" && mapping is var (from, bytes))
                {
                    _ = Advise(from, bytes, DoNotNeed);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The pages simply stay.
        }
    }

    private static (nint From, nint Bytes) Range(string words)
    {
        var ends = words.Split('-');
        var (from, to) = (Number(ends[0]), Number(ends[1]));
        return (from, to - from);
    }

    private static nint Number(string hex) => nint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint bytes, int advice);
}
