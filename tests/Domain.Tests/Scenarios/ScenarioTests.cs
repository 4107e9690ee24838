using System.Globalization;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Scenarios;

/// <summary>
/// Stories as text: what happens is above the dashes; the resulting events and the wishes for the tables are below.
/// SCENARIO_REWRITE=1 rewrites the lower parts; review the difference.
/// </summary>
public sealed class ScenarioTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Scenarios");

    public static TheoryData<string> Stories() =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [Theory]
    [MemberData(nameof(Stories))]
    public void A_scenario_produces_its_expected_events(string story)
    {
        var file = Path.Combine(Folder, story + ".txt");
        var parts = File.ReadAllText(file).Split("----\n");
        var told = new Telling();
        var lines = parts[0].Split('\n').SelectMany(told.Tell).ToList();

        if (Environment.GetEnvironmentVariable("SCENARIO_REWRITE") == "1")
        {
            File.WriteAllText(
                Path.Combine(SourceFolder(), story + ".txt"), $"{parts[0]}----\n{string.Join('\n', lines)}\n");
        }
        else
        {
            Assert.Equal(parts[1].TrimEnd('\n').Split('\n'), lines);
        }
    }

    [Theory]
    [MemberData(nameof(Stories))]
    public void Folding_any_prefix_of_the_events_gives_the_state_at_that_time(string story)
    {
        var told = Tell(story);

        var state = new GateState();
        foreach (var (envelope, after) in told.History)
        {
            state = GateDecider.Evolve(state, envelope);
            if (after is not null)
            {
                Assert.Equal(after, state);
            }
        }
    }

    /// <summary>
    /// kill -9 at every point: fold the record, restart, and continue the story. It must reach the same end.
    /// </summary>
    [Theory]
    [MemberData(nameof(Stories))]
    public void A_daemon_killed_at_any_point_and_restarted_reaches_the_same_end(string story)
    {
        var whole = Tell(story);
        var calm = whole.Signals.OfType<Observed>().Last().Observation;
        whole.Calm(calm);
        for (var cut = 1; cut < whole.Signals.Count; cut++)
        {
            var again = Tell(story, cut);
            again.Calm(calm);
            Assert.Equal(
                (cut, whole.State.Phase.LetsTrafficIn(), whole.State.Holds),
                (cut, again.State.Phase.LetsTrafficIn(), again.State.Holds));
        }
    }

    private static Telling Tell(string story, int? killedAt = null)
    {
        var told = new Telling { KilledAt = killedAt };
        foreach (var line in File.ReadAllText(Path.Combine(Folder, story + ".txt")).Split("----\n")[0].Split('\n'))
        {
            _ = told.Tell(line).ToList();
        }

        return told;
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetDirectoryName(path)!;

    /// <summary>Turns lines into signals, and their results into lines.</summary>
    private sealed class Telling
    {
        private double _seconds;
        private string _boot = "boot-1";
        private GateMemory _memory = new("n1", Policy.Default);
        private Policy _policy = Policy.Default;
        private Redirect? _wish;
        private ClientReset? _clients;
        private TimeSpan? _lease;
        private bool _leaseLives;
        private bool _probesDisk;
        private DiskChanged? _dataDisk;
        private long _synced = -1;

        public GateState State { get; private set; } = new();

        public int? KilledAt { get; init; }

        public List<Signal> Signals { get; } = [];

        public List<(Envelope Envelope, GateState? After)> History { get; } = [];

        private Instant Now => Given.Second(_seconds, _boot);

        public IEnumerable<string> Tell(string line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case [] or ["#", ..]:
                    return [];
                case ["wait", var time]:
                    _seconds += Duration.Parse(time)!.Value.TotalSeconds;
                    return [];
                case ["boot", var boot]:
                    _boot = boot;
                    return [];
                case ["policy", .. var settings]:
                    _policy = Policy.Create(
                        settings.ToDictionary(setting => setting.Split('=')[0], setting => setting.Split('=', 2)[1]));
                    _memory = _memory with { Policy = _policy };
                    return [];
                case ["reload", .. var settings]:
                    _policy = Policy.Create(
                        settings.ToDictionary(setting => setting.Split('=')[0], setting => setting.Split('=', 2)[1]));
                    return Take(new PolicyLoaded(Now, _policy));
                case ["disk", "hangs"]:
                    _synced = State.Seq;
                    return [];
                case ["disk", "answers"]:
                    _synced = -1;
                    return Take(new JournalSynced(Now, State.Seq));
                case ["disk", "answers", "for", var seq]:
                    return Take(new JournalSynced(Now, long.Parse(seq, CultureInfo.InvariantCulture)));
                case ["disk", "full"]:
                    _synced = State.Seq;
                    return Take(new JournalUnavailable(Now, "No space left on device"));
                case ["lease", "ends"]:
                    _leaseLives = false;
                    return [];
                case ["lease", var length]:
                    (_lease, _leaseLives) = (Duration.Parse(length), true);
                    return [];
                case ["refreshed", var opened]:
                    _leaseLives = true;
                    return Take(
                        new LeaseRefreshed(Now, long.Parse(opened, CultureInfo.InvariantCulture), _lease!.Value));
                case ["lapsed", var opened, var time]:
                    return Take(
                        new LeaseRanOut(Now, long.Parse(opened, CultureInfo.InvariantCulture), Duration.Parse(time)));
                case ["refused", .. var why]:
                    return Take(new LeaseRefused(Now, string.Join(' ', why)));
                case ["stalled", var time]:
                    return Take(new Stalled(Now, Duration.Parse(time)!.Value));
                case ["start"]:
                    _memory = new GateMemory("n1", _policy);
                    return Take(Start());
                case ["found", var family, var opened]:
                    return Take(
                        new RedirectReported(
                            Now,
                            Enum.Parse<Family>(family),
                            opened == "nothing" ? null : long.Parse(opened, CultureInfo.InvariantCulture),
                            null));
                case ["drift", var family, .. var rules]:
                    return Take(
                        new RedirectChanged(
                            Now, new RedirectResult(Enum.Parse<Family>(family), State.Opened, rules, [])));
                case ["mended", var family, var rule]:
                    return Take(new RedirectChanged(Now, new RedirectResult(
                        Enum.Parse<Family>(family),
                        State.Opened,
                        [],
                        [
                            new RuleCame(
                                new RuleChange(
                                    Enum.Parse<Family>(family), rule, "iptables-restore", 0, TimeSpan.Zero),
                                IsRedirect: false),
                        ],
                        TimeSpan.FromMilliseconds(8),
                        IsMend: true)));
                case ["reset", var count]:
                    return Take(
                        new ClientsReset(
                            Now, State.ClientsOf ?? 0, int.Parse(count, CultureInfo.InvariantCulture), null));
                case ["data-disk", "is", "probed"]:
                    _probesDisk = true;
                    return [];
                case ["data-disk", .. var trouble]:
                    _dataDisk = new DiskChanged(Now, trouble is ["works"] ? null : string.Join(' ', trouble));
                    return Take(_dataDisk);
                case ["hold", var by]:
                    return Take(new HoldRequested(Now, Holds.Operator, by, "because"));
                case ["release", var by]:
                    return Take(new HoldReleased(Now, Holds.Operator, by));
                case ["stop", .. var how]:
                    return Take(new Stopping(Now, how is ["keep"])).Concat(Take(new Stopped(Now, "SIGTERM")));
                case ["stopping", .. var how]:
                    return Take(new Stopping(Now, how is ["keep"]));
                case ["stopped"]:
                    return Take(new Stopped(Now, "SIGTERM"));
                case ["fails", var family, .. var error]:
                    return Take(
                        new RedirectChanged(
                            Now,
                            new RedirectResult(
                                Enum.Parse<Family>(family),
                                State.Opened,
                                null,
                                [
                        new ChangeFailed(
                            new RuleChange(Enum.Parse<Family>(family), "", "iptables", 4, TimeSpan.Zero),
                            string.Join(' ', error)),
                    ])));
                case [var times, "every", var interval, .. var seen] when times.EndsWith('x'):
                    return Enumerable.Range(0, int.Parse(times[..^1], CultureInfo.InvariantCulture)).SelectMany(_ =>
                    {
                        var lines = Take(new Observed(Now, Seen(seen))).ToList();
                        _seconds += Duration.Parse(interval)!.Value.TotalSeconds;
                        return lines;
                    }).ToList();
                default:
                    return Take(new Observed(Now, Seen(words)));
            }
        }

        /// <summary>A minute of the same observation.</summary>
        public void Calm(Observation observation)
        {
            for (var i = 0; i < 240; i++)
            {
                _ = Take(new Observed(Now, observation)).ToList();
                _seconds += 0.25;
            }
        }

        private static Observation Seen(string[] words) => words switch
        {
            ["fit"] => Given.Node(),
            ["error", var error] => Observation.Failed(ProbeErrors.Parse(error)!.Value),
            _ => Given.Node([
                .. words.Select(word => word.Split('=')).Select(pair => (pair[0], pair[1] == "-" ? null : pair[1])),
            ]),
        };

        private Starting Start() =>
            new(Now, "1.0", _policy, State.Seq, [Family.Ipv4, Family.Ipv6], null, _lease, _leaseLives, _probesDisk);

        private List<string> Take(Signal signal)
        {
            Signals.Add(signal);
            var lines = Turn(signal);
            if (Signals.Count == KilledAt)
            {
                // What the tables hold survives the daemon.
                var inPlace = _wish?.Opened;
                _memory = new GateMemory("n1", _policy);
                _ = Turn(Start());
                _ = Turn(new RedirectReported(Now, Family.Ipv4, inPlace, null));
                _ = Turn(new RedirectReported(Now, Family.Ipv6, inPlace, null));
                if (_dataDisk is { } disk)
                {
                    _ = Turn(new DiskChanged(Now, disk.Trouble));
                }
            }

            return lines;
        }

        private List<string> Turn(Signal signal)
        {
            (State, _memory, var events) = GateDecider.Take(State, _memory, signal);
            History.AddRange(events.Select((envelope, i) => (envelope, i == events.Count - 1 ? State : null)));
            List<string> lines = [.. events.Select(Line)];
            if (_synced < 0 && events.Count > 0)
            {
                // The disk answers at once unless the story specifies otherwise.
                (State, _memory, _) = GateDecider.Take(State, _memory, new JournalSynced(Now, State.Seq));
            }

            if (Redirect.Wanted(State, _memory) is { } wish && wish != _wish)
            {
                _wish = wish;
                lines.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{_seconds, 7:0.00} tables: "
                        + $"{(wish.Opened is { } opened ? $"redirect of #{opened}" : "no redirect")}"));
            }

            if (ClientReset.Wanted(State, _memory) is var clients && clients != _clients)
            {
                _clients = clients;
                lines.Add(
                    string.Create(CultureInfo.InvariantCulture, $"{_seconds,7:0.00} clients: {Fate(clients)}"));
            }

            return lines;
        }

        private string Line(Envelope envelope) => string.Create(
            CultureInfo.InvariantCulture,
            $"{_seconds, 7:0.00} #{envelope.Seq} "
            + $"{envelope.Type}{Words(envelope.Event)}{(envelope.Cause is { } cause ? $" <- #{cause}" : "")}");

        private static string Fate(ClientReset? clients) => clients is null
            ? "left alone"
            : $"those of #{clients.Opened} are reset {Duration.Format(clients.After)} after the close";

        private static string Names(Verdict verdict) => string.Join(
            '+', Reason.Of(verdict.Reasons).Select(reason => reason.Name).DefaultIfEmpty(verdict.Headline));

        private static string Words(AuditEvent @event) => @event switch
        {
            ObservationHeld e => $" {e.Count}x",
            NodeStateChanged e => $" {e.From} to {e.To} {e.Class} {e.Path}".TrimEnd(),
            VerdictChanged e => $" {Names(e.Verdict)}",
            GateOpening e => $" after {e.Rise} and {Duration.Format(e.OpenAfter)}",
            GateOpened e => $" {e.Reason}",
            GateAdopted e => $" #{e.Opened}",
            GateClosing e => $" {e.Reason}, after {e.Fall} and {Duration.Format(e.CloseAfter)}",
            GateClosed e => string.Create(
                CultureInfo.InvariantCulture,
                $" {e.Reason}{(e.Planned ? ", planned" : "")}, opens after {e.OpenAfter.TotalSeconds:0.##}s, penalty "
                + $"{e.Penalty:0.##}"),
            GateStayedClosed e => $" {e.Reason}",
            RedirectChangeFailed e => $" {e.Change.Family} {e.StandardError}",
            PolicyChanged e => $" {string.Join(' ', e.Changes.Select(change => $"{change.Key}={change.Value}"))}",
            LeaseArmed e => $" {Duration.Format(e.Length)}",
            LeaseLapsed e => e.Unrefreshed is { } time ? $" after {Duration.Format(time)}" : " before the start",
            LeaseFailed e => $" {e.Why}",
            LoopStalled e => $" {Duration.Format(e.Lasted)}",
            DriftFound e => $" {e.Family} {(e.IsThere ? "there" : "gone")}: {e.Rule}",
            DriftMended e => $" {e.Family} {e.Rules}",
            ConnectionsReset e => $" {e.Count}",
            DiskProbed e => $" {e.Trouble ?? "works"}",
            HoldPlaced e => $" by {e.By}",
            DaemonStarted e => $" opens after {Duration.Format(e.OpenAfter)}",
            _ => "",
        };
    }
}
