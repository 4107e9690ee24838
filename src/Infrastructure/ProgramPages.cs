using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GaleraGate.Infrastructure;

/// <summary>
/// The program's own file in memory. The start touches most of its code and tables, a running daemon a fifth of them: what
/// only the start needed is given back once, and the kernel maps again from its cache what is used after all.
/// </summary>
public static partial class ProgramPages
{
    private const int DoNotNeed = 4; // MADV_DONTNEED

    /// <summary>Waits for the start to be over, gives the pages back and waits for the end.</summary>
    public static async Task GiveBackAsync(TimeSpan after, TimeProvider time, CancellationToken cancellationToken)
    {
        await Task.Delay(after, time, cancellationToken);
        GiveBack();
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
    }

    /// <summary>
    /// Only of a native program, and only mappings that cannot be written and hold no page of their own: giving back a
    /// page that was changed would lose the change.
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
                    mapping = words.Length > 5 && words[5] == program && words[1][0] == 'r' && words[1][1] == '-' ? Range(words[0]) : null;
                }
                else if (words[0] == "Private_Dirty:" && words[1] == "0" && mapping is var (from, bytes))
                {
                    _ = Advise(from, bytes, DoNotNeed);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It keeps what it has.
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
