namespace CliWrap.Buffered;

/// <summary>What a command did and wrote.</summary>
public sealed class BufferedCommandResult
{
    internal BufferedCommandResult(int exitCode, DateTimeOffset startTime, DateTimeOffset exitTime, string standardOutput, string standardError)
    {
        ExitCode = exitCode;
        StartTime = startTime;
        ExitTime = exitTime;
        StandardOutput = standardOutput;
        StandardError = standardError;
    }

    public int ExitCode { get; }

    public bool IsSuccess => ExitCode == 0;

    public DateTimeOffset StartTime { get; }

    public DateTimeOffset ExitTime { get; }

    public TimeSpan RunTime => ExitTime - StartTime;

    public string StandardOutput { get; }

    public string StandardError { get; }
}
