namespace GaleraGate.Simulation.Tests;

/// <summary>The disk with the server's data, as the disk probe sees it.</summary>
internal sealed class SimulatedDataDisk(VirtualTime time, Random random)
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private TimeSpan _hangsUntil;
    private int _daemon;

    /// <summary>Whether it has answered the daemon that runs now.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>How long each write and sync takes.</summary>
    public TimeSpan Takes { get; set; }

    public void Hang(double seconds) => _hangsUntil = time.Now + TimeSpan.FromSeconds(seconds);

    public void EndTrouble() => (_hangsUntil, Takes) = (time.Now, TimeSpan.Zero);

    /// <summary>A new daemon starts to ask.</summary>
    public void Forget() => (HasAnswered, _daemon) = (false, _daemon + 1);

    /// <summary>One write and sync.</summary>
    public async Task<string?> TryAsync()
    {
        var daemon = _daemon;
        await Task.Delay(Takes + TimeSpan.FromMilliseconds(random.Next(1, 30)), time);
        while (time.Now < _hangsUntil)
        {
            await Task.Delay(_hangsUntil - time.Now + TimeSpan.FromMilliseconds(1), time);
        }

        HasAnswered |= daemon == _daemon;
        return null;
    }
}
