using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Tests.Json;

public sealed class EventCodecTests
{
    private static readonly RuleChange Change = new(
        Family.Ipv6, "-A \"x\" -j REDIRECT", "ip6tables-restore --noflush", 0, TimeSpan.FromMilliseconds(12.5));

    /// <summary>One of each event type; the test below fails if one is missing.</summary>
    internal static readonly AuditEvent[] OneOfEach =
    [
        new DaemonStarted("1.0", new Dictionary<string, string> { ["rise"] = "3" }, TimeSpan.FromSeconds(0.5)),
        new DaemonStopped(
            "SIGTERM", new Checkpoint(3, "Closed", "Synced", "synced", "None", 0.25, TimeSpan.FromSeconds(1), null)),
        new Annotated(3, "alice as root", "the switch was replaced"),
        new AuditGap(3, 9, "why"),
        new ArchiveRefused("why"),
        new LoopStalled(TimeSpan.FromSeconds(3)),
        new LeaseArmed(7, TimeSpan.FromSeconds(5)),
        new LeaseLapsed(TimeSpan.FromSeconds(6.5)),
        new LeaseFailed("why"),
        new PolicyChanged(new Dictionary<string, string> { ["rise"] = "5" }),
        new JournalRepaired("0.jsonl", 17, "ab"),
        new ObservationChanged(
            ObservedVariable.ReadAnswer([
                new("wsrep_local_state", "4"),
                new("read_only", "OFF"),
                new("READ_ONLY", "ON"),
            ])),
        new ObservationHeld(12, At(2)),
        new NodeStateChanged(NodeState.Donor, NodeState.Synced, StepClass.Explained, "Donor>Joined>Synced"),
        new ServerRestarted(3, ProviderOnly: true),
        new DiskProbed("no space left on device"),
        new VerdictChanged(new Verdict(Reasons.ReadOnly | Reasons.Held, NodeState.Synced)),
        new GateOpening(3, TimeSpan.FromSeconds(0.984293)),
        new GateOpened("synced"),
        new GateAdopted(7),
        new GateClosing("timeout", 2, TimeSpan.FromSeconds(1)),
        new GateClosed("read-only", false, TimeSpan.FromSeconds(30), 1.9843212345678),
        new GateStayedOpen(),
        new GateStayedClosed("held"),
        new RedirectAdded(Change),
        new RedirectRemoved(Change),
        new RuleAdded(Change),
        new RuleRemoved(Change),
        new RedirectChangeFailed(Change, "the lock's held\n"),
        new DriftFound(Family.Ipv4, "-A x -j REDIRECT", true),
        new DriftMended(Family.Ipv6, 2, TimeSpan.FromMilliseconds(8)),
        new ConnectionsReset(7, 12, "why"),
        new HoldPlaced(Holds.Operator | Holds.File, "alice", "ünïcode \u001b[31m"),
        new HoldLifted(Holds.Operator, "alice"),
    ];

    public static TheoryData<string> Types() => [.. OneOfEach.Select(EventNames.Name)];

    [Fact]
    public void Every_event_type_has_a_case_in_this_test()
    {
        var known = typeof(AuditEvent)
            .Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(AuditEvent)) && type != typeof(UnknownEvent));

        Assert.Equal(known.Select(type => type.Name).Order(), OneOfEach.Select(EventNames.Name).Order());
        Assert.Equal(EventNames.All, OneOfEach.Select(EventNames.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void An_event_reads_back_unchanged(string type)
    {
        var envelope = new Envelope(
            7, At(1.123456), "n1", OneOfEach.Single(one => EventNames.Name(one) == type), 3, 18446744073709551614, 5);

        var bytes = EventCodec.Write(envelope);
        var again = EventCodec.Read(bytes);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(EventCodec.Write(again)));
        Assert.Equal(
            (envelope.Seq, envelope.At, envelope.Cause, envelope.View), (again.Seq, again.At, again.Cause, again.View));
        if (envelope.Event is not (DaemonStarted or PolicyChanged))
        {
            Assert.Equal(envelope.Event, again.Event);
        }

        Assert.DoesNotContain(Encoding.UTF8.GetString(bytes), char.IsControl);
    }

    [Fact]
    public void A_verdict_with_a_waiver_reads_back_unchanged()
    {
        var waived = new VerdictChanged(new Verdict(Reasons.None, NodeState.Donor, Waiver.LastResort));
        var bytes = EventCodec.Write(new Envelope(7, At(1), "n1", waived, null, null, null));

        Assert.Equal(waived, EventCodec.Read(bytes).Event);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_event_can_be_folded(string type) => Assert.Equal(
        1,
        GateDecider
            .Evolve(
                new GateState(),
                new Envelope(
                    1, At(0), "n1", OneOfEach.Single(one => EventNames.Name(one) == type), null, null, null))
            .Seq);

    [Fact]
    public void An_event_of_a_newer_version_is_passed_on_unchanged()
    {
        const string Before = """{"seq":9,"at":"2026-11-21T03:14:00.000001Z","mono":12.5,"boot":"b","node":"n1",""";
        const string After = "\"type\":\"GateTeleported\",\"cause\":8,\"data\":{\"to\":[\"mars\",null],\"at\":1e3}}";
        var line = Encoding.UTF8.GetBytes(Before + After);

        var envelope = EventCodec.Read(line.ToArray());

        Assert.Equal(Encoding.UTF8.GetString(line), Encoding.UTF8.GetString(EventCodec.Write(envelope)));
        Assert.Equal(new GateState { Seq = 9 }, GateDecider.Evolve(new GateState(), envelope));
    }

    [Fact]
    public void A_field_of_a_newer_version_is_ignored()
    {
        const string Before = """{"seq":9,"at":"2026-11-21T03:14:00Z","mono":1,"boot":"b","node":"n1",""";
        const string After =
            "\"type\":\"GateOpened\",\"mood\":\"good\",\"data\":{\"reason\":\"synced\",\"colour\":\"red\"}}";
        var line = Encoding.UTF8.GetBytes(Before + After);

        Assert.Equal(new GateOpened("synced"), EventCodec.Read(line.ToArray()).Event);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"seq":"x","at":"TIME","mono":1,"boot":"b","node":"n1","type":"GateOpened","data":{}}""")]
    [InlineData("""{"seq":9,"at":"noon","mono":1,"boot":"b","node":"n1","type":"GateOpened","data":{"reason":"x"}}""")]
    [InlineData("""
        {"seq":9,"at":"2026-11-21T03:14:00.000001Z:1","mono":1,"boot":"b","node":"n","type":"GateStayedOpen","data":{}}
        """)]
    [InlineData("""{"seq":9,"at":"TIME","mono":1,"boot":"b","node":"n","type":"RedirectAdded","data":{"chang":{}}}""")]
    [InlineData("""{"seq":9,"at":"TIME","mono":1,"boot":"b","node":"n","type":"ObservationChanged","data":{}}""")]
    [InlineData("""
        {"seq":9,"at":"2026-11-21T03:14:00.000001Z","mono":1,"boot":"b","node":"n","type":"RedirectRemoved","data":{}}
        """)]
    [InlineData("""{"seq":9,"at":"TIME","mono":1e300,"boot":"b","node":"n","type":"GateOpened","data":{}}""")]
    [InlineData("""{"seq":9,"at":"TIME","mono":1,"boot":"b","node":"n","type":"GateClosed","data":{"penalty":"a"}}""")]
    [InlineData("""{"seq":9,"at":"TIME","mono":1,"boot":"b","node":"n","type":"ObservationHeld","data":{"count":2}}""")]
    [InlineData("""
        {"seq":9,"at":"TIME","mono":1,"boot":"b","node":"n","type":"GateClosed","data":{"reason":"a","penalty":1e999}}
        """)]
    [InlineData("""{"seq":9,"at":"TIME","mono":1,"boot":null,"node":"n1","type":null,"data":{}}""")]
    public void Text_that_is_not_an_event_is_refused_with_the_right_exception(string line) =>
        Assert.All(
            [
                line.Replace("TIME", "2026-11-21T03:14:00Z", StringComparison.Ordinal),
                Sealed(line.Replace("TIME", "2026-11-21T03:14:00.000000Z", StringComparison.Ordinal)),
            ],
            text => Assert.Throws<FormatException>(() => EventCodec.Read(Encoding.UTF8.GetBytes(text))));

    [Theory]
    [MemberData(nameof(Types))]
    public void A_journals_line_reads_back_unchanged_each_time_its_data_come_up(string type)
    {
        var @event = OneOfEach.Single(one => EventNames.Name(one) == type);
        var (first, second) = (
            new Envelope(1, At(1), "n1", @event, null, null, null), new Envelope(2, At(2), "n1", @event, 1, 7, 9));

        Assert.All([first, second, first], envelope => Assert.Equal(
            Encoding.UTF8.GetString(EventCodec.Write(envelope)),
            Encoding.UTF8.GetString(EventCodec.Write(EventCodec.Read(Encoding.UTF8.GetBytes(
                Sealed(Encoding.UTF8.GetString(EventCodec.Write(envelope)))))))));
    }

    [Theory]
    [InlineData("\"data\":{\"reason\":\"synced\"},\"mood\":{\"of\":\"later\"}}", true)]
    [InlineData("\"data\":{\"reason\":\"synced\"}\"mood\":1}", false)]
    [InlineData("\"data\":{\"reason\":\"synced\"}", false)]
    public void What_follows_the_data_may_be_of_a_newer_version_but_must_be_json(string data, bool isEvent)
    {
        const string Before =
            """{"seq":9,"at":"2026-11-21T03:14:00.000000Z","mono":1,"boot":"b","node":"n1","type":"GateOpened",""";
        // The same data have been read before.
        var known = EventCodec.Read(Encoding.UTF8.GetBytes(Sealed(Before + "\"data\":{\"reason\":\"synced\"}}")));
        var line = Encoding.UTF8.GetBytes(Sealed(Before + data));

        var read = Record.Exception(() => Assert.Equal(known.Event, EventCodec.Read(line).Event));

        Assert.Equal(isEvent, read is not FormatException);
        Assert.True(read is null or FormatException);
    }

    /// <summary>A line with the two fields of the hash chain, as a journal has it.</summary>
    private static string Sealed(string line)
    {
        var opened = Encoding.UTF8.GetBytes(line.Trim() is [.. var before, '}'] ? before : "");
        return Encoding.UTF8.GetString(HashChain.Seal(opened, ChainedEvent.NoHash).Line).TrimEnd('\n');
    }

    private static Instant At(double seconds) =>
        new(DateTimeOffset.UnixEpoch.AddSeconds(seconds), TimeSpan.FromSeconds(seconds), "boot");
}
