namespace GaleraGate.Infrastructure.Threads;

/// <summary>Parallel work on many independent items, on all processors.</summary>
internal static class Ahead
{
    /// <summary>
    /// The first items up to this number are processed one by one: most readings need no more, and no other thread.
    /// </summary>
    private const int AtFirst = 1000;

    private const int InBatch = 250;

    /// <summary>
    /// The results in the order of their items. After the first thousand, work runs on the pool before its result is
    /// needed; the items are still taken on the caller's thread, and only a few batches ahead.
    /// </summary>
    /// <param name="work">Called on several threads at once.</param>
    public static IEnumerable<TResult> SelectAhead<T, TResult>(this IEnumerable<T> items, Func<T, TResult> work)
    {
        using var next = items.GetEnumerator();
        for (var i = 0; i < AtFirst; i++)
        {
            if (!next.MoveNext())
            {
                yield break;
            }

            yield return work(next.Current);
        }

        var (batches, atOnce) = (new Queue<Task<TResult[]>>(), 2 * Environment.ProcessorCount);
        do
        {
            while (batches.Count < atOnce && Batch(next) is { Length: > 0 } batch)
            {
                batches.Enqueue(Task.Run(() => Array.ConvertAll(batch, one => work(one))));
            }

            foreach (var result in batches.TryDequeue(out var done) ? done.GetAwaiter().GetResult() : [])
            {
                yield return result;
            }
        }
        while (batches.Count > 0);
    }

    private static T[] Batch<T>(IEnumerator<T> items)
    {
        var batch = new List<T>(InBatch);
        while (batch.Count < InBatch && items.MoveNext())
        {
            batch.Add(items.Current);
        }

        return [.. batch];
    }
}
