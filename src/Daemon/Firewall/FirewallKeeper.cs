using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Firewall;

/// <summary>Our part of an address family's filter table, as wanted.</summary>
internal sealed record WantedRules(Family Family, FilterRules Rules);

/// <summary>The request to the keeper.</summary>
/// <param name="IsRemoval">Remove the whole chain.</param>
/// <param name="ConfirmWithin">Null: do not ask for confirmation.</param>
internal sealed record FirewallChange(
    string Chain, bool IsRemoval, TimeSpan? ConfirmWithin, IReadOnlyList<WantedRules> Wanted);

[JsonSerializable(typeof(FirewallChange))]
[JsonSerializable(typeof(FamilyChange))]
[JsonSerializable(typeof(IReadOnlyList<FamilyChange>))]
internal sealed partial class FirewallJson : JsonSerializerContext;

/// <summary>
/// The process that owns a change of the node's own firewall from beginning to end, in a session of its own. It makes
/// the change, waits for the confirmation with its own timer, and rolls everything back if none comes: because the time
/// is up, the pipe from the command has closed, or it gets a signal. Only a confirmed change is made persistent. It
/// sends the command lines of a word and a text:
/// <code>
/// before [families]   what it found; nothing has changed yet
/// made family         an address family's rules after the change; one line for each
/// ask seconds         the rules are in force: "keep" confirms them, anything else rolls back
/// kept                confirmed: from here on nothing is rolled back
/// out TEXT, err TEXT  for people
/// end N               finished; N is the exit code
/// </code>
/// A command that reads no "end" knows that the keeper was killed, and rolls back itself.
/// </summary>
internal static class FirewallKeeper
{
    public const string Keep = "keep";

    private static readonly PosixSignal[] PutBackNow =
        [PosixSignal.SIGTERM, PosixSignal.SIGQUIT, PosixSignal.SIGHUP, PosixSignal.SIGINT];

    public static async Task<int> RunAsync()
    {
        OwnSession.Begin();
        using var undo = new CancellationTokenSource();
        var signals = PutBackNow.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            undo.Cancel();
        })).ToList();
        try
        {
            var line = await Console.In.ReadLineAsync() ?? throw new FormatException("the change is missing");
            var change = JsonSerializer.Deserialize(line, FirewallJson.Default.FirewallChange)!;
            var exitCode = await ChangeAsync(change, undo);
            Say("end", exitCode.ToString(CultureInfo.InvariantCulture));
            return exitCode;
        }
        finally
        {
            signals.ForEach(signal => signal.Dispose());
        }
    }

    private static async Task<int> ChangeAsync(FirewallChange change, CancellationTokenSource undo)
    {
        var firewall = new FilterChain(change.Chain);
        ChainLock? alone = null;
        try
        {
            var changes = new List<FamilyChange>();
            try
            {
                alone = ChainLock.Take(change.Chain);
                foreach (var wanted in change.Wanted)
                {
                    changes.Add(new FamilyChange(wanted.Family, await firewall.ReadAsync(wanted.Family, undo.Token)));
                }
            }
            catch (InvalidOperationException e)
            {
                Say("err", $"{e.Message}; nothing has changed");
                return 1;
            }

            Say("before", JsonSerializer.Serialize(changes, FirewallJson.Default.IReadOnlyListFamilyChange));
            var confirmed = ConfirmedAsync(undo);
            var failure = await MakeAsync(firewall, change, changes, undo.Token);
            return failure is null && await IsConfirmedAsync(change, confirmed, undo.Token)
                ? await KeepAsync(firewall, change, changes)
                : await PutBackAsync(firewall, changes, undo.IsCancellationRequested ? null : failure);
        }
        finally
        {
            alone?.Dispose();
        }
    }

    /// <summary>Makes the change in each address family; returns why it failed, else null.</summary>
    private static async Task<string?> MakeAsync(
        FilterChain firewall, FirewallChange change, List<FamilyChange> changes, CancellationToken undo)
    {
        try
        {
            foreach (var (place, wanted) in change.Wanted.Index())
            {
                var made = await firewall.MakeAsync(wanted.Family, wanted.Rules, undo);
                changes[place] = changes[place] with { Made = made };
                Say("made", JsonSerializer.Serialize(changes[place], FirewallJson.Default.FamilyChange));
                if (made.IsFirst == change.IsRemoval)
                {
                    return $"{Name(wanted.Family)}: another program is changing INPUT at this moment";
                }
            }

            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    private static async Task<bool> IsConfirmedAsync(
        FirewallChange change, Task<bool> confirmed, CancellationToken undo)
    {
        if (change.ConfirmWithin is not { } limit)
        {
            return !undo.IsCancellationRequested;
        }

        Say("ask", Duration.Format(limit));
        var end = await Task.WhenAny(confirmed, Task.Delay(limit, undo));
        return end == confirmed && await confirmed && !undo.IsCancellationRequested;
    }

    /// <summary>Waits for the confirmation; any other input, and the end of the command, mean: roll back.</summary>
    private static async Task<bool> ConfirmedAsync(CancellationTokenSource undo)
    {
        if (await Task.Run(Console.In.ReadLine) == Keep)
        {
            return true;
        }

        await undo.CancelAsync();
        return false;
    }

    /// <param name="failure">Why the change failed; null if it was not confirmed.</param>
    private static async Task<int> PutBackAsync(FilterChain firewall, List<FamilyChange> changes, string? failure)
    {
        var outcome = Outcome(await firewall.PutBackAsync(changes, line => Say("err", line)));
        Say(failure is null ? "out" : "err", failure is null ? $"not confirmed: {outcome}" : $"{failure}; {outcome}");
        return 1;
    }

    /// <summary>The result of the rollback, in words.</summary>
    public static string Outcome(IReadOnlyList<string> left) =>
        left.Count == 0 ? "the rules are as they were before" : string.Join("; ", left);

    private static async Task<int> KeepAsync(
        FilterChain firewall, FirewallChange change, List<FamilyChange> changes)
    {
        Say("kept");
        var wrong = new List<string>();
        foreach (var made in changes)
        {
            if (await WrongAsync(firewall, change, made) is { } words)
            {
                wrong.Add($"{Name(made.Family)}: {words}");
            }
        }

        if (wrong.Count > 0)
        {
            var why = string.Join("; ", wrong);
            Say("err", $"{change.Chain} is not as planned, and nothing was made persistent: {why}");
            return 1;
        }

        var unwritten = change.Wanted.Select(wanted => Persist(change, wanted)).OfType<string>().ToList();
        var done = change.IsRemoval ? "gone" : "in force";
        if (unwritten.Count > 0)
        {
            var why = string.Join("; ", unwritten);
            Say("err", $"{change.Chain} is {done}, but the next boot restores the former rules: {why}");
            return 1;
        }

        Say("out", changes.Exists(made => change.IsRemoval && made.Made!.Rules is not null)
            ? $"{change.Chain} is empty, and stays: other rules jump to it"
            : $"{change.Chain} is {done}");
        return 0;
    }

    /// <summary>Why the rules are not as the change made them, or as it should have; null if they are.</summary>
    private static async Task<string?> WrongAsync(FilterChain firewall, FirewallChange change, FamilyChange made)
    {
        try
        {
            var there = await firewall.ReadAsync(made.Family, CancellationToken.None);
            return there.ChangeTo(made.Made!) is null ? null
                : !change.IsRemoval && there.Holds(made.Made!) && there.Input is [var first, ..]
                ? $"{first} precedes it"
                : "another program has changed it since";
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    /// <summary>Writes an address family's rules into the host's own file; returns why it failed, else null.</summary>
    private static string? Persist(FirewallChange change, WantedRules wanted)
    {
        try
        {
            var line = PersistedRules.Write(wanted.Family, change.Chain, change.IsRemoval ? null : wanted.Rules);
            if (line.Length > 0)
            {
                Say("out", line);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static string Name(Family family) => family.ToString().ToLowerInvariant();

    /// <summary>Ignores a command that is gone: its death must not change the result.</summary>
    private static void Say(string word, string text = "") =>
        Console.WriteLine($"{word} {text.ReplaceLineEndings(" ")}");
}
