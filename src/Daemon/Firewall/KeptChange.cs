using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>
/// A change made by the keeper, from the command's side: it asks the operator, prints the keeper's messages, and rolls
/// back by itself if the keeper dies. A first signal to the command means no; a second one ends it.
/// </summary>
internal sealed class KeptChange : IDisposable
{
    private static readonly PosixSignal[] Refusals =
        [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP];

    private readonly FirewallChange _change;
    private readonly Process _keeper;
    private readonly Lock _telling = new();
    private readonly List<PosixSignalRegistration> _signals;
    private List<FamilyChange> _changes = [];
    private bool _isKept;
    private bool _isOver;
    private volatile bool _isAsking;
    private volatile bool _isRefused;

    public KeptChange(FirewallChange change, string program, string[] arguments)
    {
        _change = change;
        _keeper = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _signals = [.. Refusals.Select(signal => PosixSignalRegistration.Create(signal, Refuse))];
    }

    /// <summary>Runs until the change is finished; returns the exit code.</summary>
    public async Task<int> FollowAsync()
    {
        Tell(JsonSerializer.Serialize(_change, FirewallJson.Default.FirewallChange));
        while (await _keeper.StandardOutput.ReadLineAsync() is { } line)
        {
            var (word, text) = line.Split(' ', 2) is [var first, var rest] ? (first, rest) : (line, "");
            switch (word)
            {
                case "before":
                    _changes = [.. JsonSerializer.Deserialize(text, FirewallJson.Default.IReadOnlyListFamilyChange)!];
                    break;
                case "made":
                    var made = JsonSerializer.Deserialize(text, FirewallJson.Default.FamilyChange)!;
                    _changes = [.. _changes.Select(one => one.Family == made.Family ? made : one)];
                    break;
                case "ask":
                    Ask(text);
                    break;
                case "kept":
                    _isKept = true;
                    break;
                case "out":
                    EndQuestion();
                    Console.WriteLine(text);
                    break;
                case "err":
                    Trouble(text);
                    break;
                case "end":
                    return int.Parse(text, CultureInfo.InvariantCulture);
                default:
                    throw new UnreachableException($"the keeper says {line}");
            }
        }

        return await TakeOverAsync();
    }

    public void Dispose()
    {
        _signals.ForEach(signal => signal.Dispose());
        _keeper.Dispose();
    }

    private void Ask(string limit)
    {
        Console.Write(
            $"The rules are in force. Open a new connection to this host; if it works, type yes within {limit}: ");
        _isAsking = true;
        _ = Task.Run(() =>
        {
            var answer = Console.In.ReadLine();
            _isAsking &= answer is null;
            Tell(answer?.Trim() == "yes" ? FirewallKeeper.Keep : "back");
        });
    }

    /// <summary>Ends the line of a question that was not answered.</summary>
    private void EndQuestion()
    {
        if (_isAsking)
        {
            _isAsking = false;
            Console.WriteLine();
        }
    }

    private void Trouble(string text)
    {
        EndQuestion();
        Console.Error.WriteLine($"galeragate: {text}");
    }

    private void Refuse(PosixSignalContext context)
    {
        context.Cancel = !_isRefused || _isOver;
        _isRefused = true;
        Tell("back");
    }

    private void Tell(string line)
    {
        lock (_telling)
        {
            try
            {
                _keeper.StandardInput.WriteLine(line);
                _keeper.StandardInput.Flush();
            }
            catch (IOException)
            {
                // It has ended; its last message, or the lack of one, shows the result.
            }
        }
    }

    /// <summary>
    /// The keeper was killed. Its remaining processes are killed first: a change that they make after the rollback
    /// would stay in force.
    /// </summary>
    private async Task<int> TakeOverAsync()
    {
        _isOver = true;
        await _keeper.WaitForExitAsync();
        await OwnSession.EndRestAsync(_keeper.Id);
        var end = $"the process that keeps the way back ended (exit {_keeper.ExitCode})";
        if (_changes.Count == 0)
        {
            Trouble($"{end} before anything changed");
            return 1;
        }

        if (_isKept)
        {
            Trouble($"{end} after the confirmation: the rules may not be persistent: apply again");
            return 1;
        }

        Trouble($"{end}: putting the rules back");
        using var alone = await ChainLock.WaitAsync(_change.Chain, Trouble);
        var left = await new FilterChain(_change.Chain).PutBackAsync(_changes, Trouble);
        Console.WriteLine($"not confirmed: {FirewallKeeper.Outcome(left)}");
        return 1;
    }
}
