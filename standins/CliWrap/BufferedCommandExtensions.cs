using System.ComponentModel;
using System.Diagnostics;
using CliWrap.Exceptions;

namespace CliWrap.Buffered;

/// <summary>Runs a command and keeps what it writes.</summary>
public static class BufferedCommandExtensions
{
    /// <summary>Starts the command; a cancelled token kills it with its children.</summary>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    /// <exception cref="CommandExecutionException">It ended with another exit code than 0 and is validated.</exception>
    public static CommandTask<BufferedCommandResult> ExecuteBufferedAsync(this Command command, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(command.TargetFilePath, command.ArgumentList)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var startTime = DateTimeOffset.Now;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new Win32Exception(
                $"Failed to start a process with file path '{command.TargetFilePath}'. Target file or working directory doesn't exist, or the provided credentials are invalid.", e);
        }

        var processId = process.Id;
        return new CommandTask<BufferedCommandResult>(FinishAsync(command, process, startTime, cancellationToken), processId);
    }

    private static async Task<BufferedCommandResult> FinishAsync(
        Command command, Process started, DateTimeOffset startTime, CancellationToken cancellationToken)
    {
        using var process = started;
        await using var killing = cancellationToken.Register(() => Kill(process));
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await WriteAsync(process.StandardInput, command.StandardInput.Text);
        await process.WaitForExitAsync(CancellationToken.None);
        var result = new BufferedCommandResult(process.ExitCode, startTime, DateTimeOffset.Now, await output, await error);
        cancellationToken.ThrowIfCancellationRequested();
        return result.ExitCode != 0 && command.Validation.HasFlag(CommandResultValidation.ZeroExitCode)
            ? throw new CommandExecutionException(
                command, result.ExitCode,
                $"Command execution failed because the underlying process ({command.TargetFilePath}#{process.Id}) returned a non-zero exit code ({result.ExitCode}).")
            : result;
    }

    private static async Task WriteAsync(StreamWriter input, string text)
    {
        try
        {
            await using (input)
            {
                await input.WriteAsync(text);
            }
        }
        catch (IOException)
        {
            // The process closed its input or ended: its exit code tells.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }
}
