using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Systemd;

/// <summary>
/// Something that a start needs may be available in a moment: an address during boot, or the gate port of a daemon that
/// is stopping. On the command line the error is reported at once (exit 2). Under systemd the start is retried and
/// fails after a while (exit 1), so systemd restarts it, but not three times a second. An error in the configuration
/// itself is exit 2 here too, and the unit then stays down, because only a person can fix it.
/// </summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TryEvery = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(Func<Task<int>> run)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is null)
        {
            return await run();
        }

        var (began, told) = (TimeProvider.System.GetTimestamp(), "");
        while (true)
        {
            try
            {
                return await run();
            }
            catch (UnavailableException e)
            {
                if (e.Message != told)
                {
                    await Console.Error.WriteLineAsync($"galeragate: {told = e.Message}; it is tried again");
                }

                if (TimeProvider.System.GetElapsedTime(began) > Limit)
                {
                    return 1;
                }
            }

            await Task.Delay(TryEvery);
        }
    }
}
