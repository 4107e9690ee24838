namespace GaleraGate.Daemon.Control;

/// <summary>Waits until a change is in effect in the firewall and on disk.</summary>
internal static class Settling
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AskEvery = TimeSpan.FromMilliseconds(50);

    public static async Task<StatusReport> AwaitAsync(
        ControlClient client, StatusReport status, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!status.Settled && !limit.IsCancellationRequested)
        {
            await Task.Delay(AskEvery, cancellationToken);
            status = await client.StatusAsync(cancellationToken);
        }

        return status;
    }

    /// <summary>Prints that it is done, or what is missing; returns the exit code.</summary>
    public static int Say(StatusReport status, string done)
    {
        if (status.Settled)
        {
            Console.WriteLine(done);
            return 0;
        }

        var tables = status.Redirects.Where(redirect => redirect.InPlace != redirect.Wanted)
            .Select(redirect =>
                $"the {redirect.Family} tables still hold the old "
                + $"rules{(redirect.Failure is { } why ? $" (exit {why})" : "")}");
        var disk =
            status.Journal.OnDisk < status.Journal.Seq
                ? [$"it is not yet on disk{(status.Journal.Trouble is { } why ? $" ({why})" : "")}"]
                : Array.Empty<string>();
        Console.Error.WriteLine(
            $"galeragate: taken, but after {Limit.TotalSeconds} s {string.Join(" and ", [.. tables, .. disk])}; it is "
            + "tried again every second, see galeragate status");
        return 1;
    }
}
