namespace CliWrap.Exceptions;

/// <summary>A validated command ended with another exit code than 0.</summary>
public sealed class CommandExecutionException : Exception
{
    internal CommandExecutionException(Command command, int exitCode, string message)
        : base(message)
    {
        Command = command;
        ExitCode = exitCode;
    }

    public Command Command { get; }

    public int ExitCode { get; }
}
