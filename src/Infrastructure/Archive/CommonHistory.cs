using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Archive;

/// <summary>How far a journal and its stream in the archive agree.</summary>
public static class CommonHistory
{
    /// <summary>
    /// The last seq up to which both agree; 0 if no event shows that they have anything in common. Each hash covers
    /// everything before it, so if one agrees, all before it do, and a binary search finds the last. If either side has
    /// lost an event, the event before it is compared instead.
    /// </summary>
    /// <param name="first">The first seq that the journal holds.</param>
    /// <param name="last">The last seq that both have.</param>
    public static async Task<long> EndAsync(
        long first, long last, Func<long, string?> journal, Func<long, Task<string?>> archive)
    {
        var (agreed, differs, isShown) = (first - 1, last + 1, false);
        while (differs - agreed > 1)
        {
            var middle = agreed + ((differs - agreed) / 2);
            var (asked, same) = (middle, await SameAsync(middle));
            while (same is null && asked > agreed + 1)
            {
                same = await SameAsync(--asked);
            }

            isShown |= same is true;
            (agreed, differs) = same is false ? (agreed, asked) : (middle, differs);
        }

        return isShown ? agreed : 0;

        async Task<bool?> SameAsync(long seq) => (journal(seq), await archive(seq)) switch
        {
            (null or ChainedEvent.NoHash, _) or (_, null or ChainedEvent.NoHash) => null,
            var (ours, theirs) => ours == theirs,
        };
    }
}
