using System.ComponentModel;
using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using CliWrap.Exceptions;

namespace GaleraGate.PackageContracts.Tests;

public sealed class CliWrapContract
{
    [Fact]
    public async Task Arguments_arrive_as_they_are_and_output_and_error_come_back_apart()
    {
        var result = await Cli.Wrap("/bin/sh").WithArguments(["-c", "printf '%s|' \"$@\"; echo oops >&2", "sh", "a b", "c\"d", "", "$(e)"]).ExecuteBufferedAsync();

        Assert.Equal(("a b|c\"d||$(e)|", "oops\n", 0, true), (result.StandardOutput, result.StandardError, result.ExitCode, result.IsSuccess));
        Assert.True(result.RunTime > TimeSpan.Zero);
    }

    [Fact]
    public async Task Text_arrives_on_standard_input()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789\n", 20_000));

        var result = await Cli.Wrap("cat").WithStandardInputPipe(PipeSource.FromString(text)).ExecuteBufferedAsync();

        Assert.Equal(text, result.StandardOutput);
    }

    [Fact]
    public async Task A_command_that_does_not_read_its_input_is_no_error() =>
        Assert.Equal(0, (await Cli.Wrap("true").WithStandardInputPipe(PipeSource.FromString(new string('x', 1 << 20))).ExecuteBufferedAsync()).ExitCode);

    [Fact]
    public async Task Another_exit_code_than_0_throws_unless_validation_is_off()
    {
        var failing = Cli.Wrap("/bin/sh").WithArguments(["-c", "exit 4"]);

        Assert.Equal(4, (await Assert.ThrowsAsync<CommandExecutionException>(async () => await failing.ExecuteBufferedAsync())).ExitCode);
        Assert.Equal(4, (await failing.WithValidation(CommandResultValidation.None).ExecuteBufferedAsync()).ExitCode);
    }

    [Fact]
    public async Task Variables_are_set_beside_the_inherited_ones_and_null_takes_one_away()
    {
        var result = await Cli.Wrap("/bin/sh").WithArguments(["-c", "echo $GG_A-$HOME-${PATH:+there}"])
            .WithEnvironmentVariables(new Dictionary<string, string?> { ["GG_A"] = "x", ["HOME"] = null })
            .ExecuteBufferedAsync();

        Assert.Equal("x--there\n", result.StandardOutput);
    }

    [Fact]
    public async Task A_cancelled_token_kills_the_process_and_throws()
    {
        using var cancelling = new CancellationTokenSource(100);
        var running = Cli.Wrap("sleep").WithArguments(["60"]).ExecuteBufferedAsync(cancelling.Token);
        using var process = Process.GetProcessById(running.ProcessId);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await running);

        Assert.True(process.HasExited);
    }

    [Fact]
    public async Task A_file_that_cannot_be_started_throws() =>
        await Assert.ThrowsAsync<Win32Exception>(async () => await Cli.Wrap("/no/such/program").ExecuteBufferedAsync());
}
