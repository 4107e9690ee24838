namespace GaleraGate.Lab;

/// <summary>A terminal that a program runs in, and its screen.</summary>
public sealed class Tmux : IDisposable
{
    private static int _count;

    private readonly string _server = $"gglab-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}";

    public Tmux(params IEnumerable<string> command)
        : this(80, 30, command)
    {
    }

    public Tmux(int columns, int rows, IEnumerable<string> command) => Shell.Run(
        "tmux",
        ["-L", _server, "-f", "/dev/null", "new-session", "-d", "-x", $"{columns}", "-y", $"{rows}", .. command]);

    /// <summary>What a person sees; empty after the program has ended.</summary>
    public string Screen => Shell.Try("tmux", ["-L", _server, "capture-pane", "-p"]).Output;

    /// <summary>The same, with colours.</summary>
    public string Painted => Shell.Try("tmux", ["-L", _server, "capture-pane", "-p", "-e"]).Output;

    public bool HasEnded => Shell.Try("tmux", ["-L", _server, "has-session"]).ExitCode != 0;

    public void Type(string keys) => Shell.Run("tmux", ["-L", _server, "send-keys", "-l", keys]);

    public void Resize(int columns, int rows) =>
        Shell.Run("tmux", ["-L", _server, "resize-window", "-x", $"{columns}", "-y", $"{rows}"]);

    public void Await(string text) => Await(screen => screen.Contains(text, StringComparison.Ordinal));

    public void Await(Func<string, bool> shows)
    {
        var screen = "";
        try
        {
            Shell.Await(() => shows(screen = Screen), TimeSpan.FromSeconds(30), "the screen");
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}:\n{screen}", e);
        }
    }

    public void Dispose() => _ = Shell.Try("tmux", ["-L", _server, "kill-server"]);
}
