using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Systemd;

/// <summary>
/// What a start needs of its host may be there in a moment: an address during a boot, the gate port of a daemon that
/// ends. A person is told at once (exit 2). Under systemd it is tried again, and ends after a while as what has failed
/// (exit 1), so that systemd starts it again, and not three times a second. What is wrong in the configuration itself
/// is exit 2 here too, after which the unit starts nothing again: nobody but a person puts that right.
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
