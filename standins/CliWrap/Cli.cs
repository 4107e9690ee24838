namespace CliWrap;

/// <summary>Where a command begins.</summary>
public static class Cli
{
    public static Command Wrap(string targetFilePath) => new(targetFilePath);
}

/// <summary>Whether a nonzero exit code is an exception.</summary>
[Flags]
public enum CommandResultValidation
{
    None = 0,
    ZeroExitCode = 1,
}

/// <summary>What a command reads on standard input.</summary>
public sealed class PipeSource
{
    private PipeSource(string text) => Text = text;

    /// <summary>Nothing.</summary>
    public static PipeSource Null { get; } = new("");

    internal string Text { get; }

    public static PipeSource FromString(string str) => new(str);
}
