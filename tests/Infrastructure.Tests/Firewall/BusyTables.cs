using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Tests.Firewall;

/// <summary>iptables as it answers while another program holds its lock; later the real one.</summary>
/// <param name="refusals">How many commands are refused.</param>
/// <param name="ending">The end of the names of the commands that are; all by default.</param>
internal sealed class BusyTables(int refusals, string ending = "")
{
    private const int ResourceProblem = 4;

    private int _left = refusals;

    /// <summary>All refusals are over, and a command has run since.</summary>
    public bool IsFree => Volatile.Read(ref _left) < 0;

    public Task<CommandOutcome> RunAsync(
        string name, string[] arguments, string input, CancellationToken cancellationToken) =>
        name.EndsWith(ending, StringComparison.Ordinal) && Interlocked.Decrement(ref _left) >= 0
            ? Task.FromResult(new CommandOutcome(name, ResourceProblem, "", "another app holds it", TimeSpan.Zero))
            : SystemCommand.RunAsync(name, arguments, input, cancellationToken);
}
