using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// An answer of a server or a capture is an observation or is rejected in one line. An observation is judged, keeps the
/// answer, and comes back unchanged from its rows and from the journal.
/// </summary>
internal static class ShowAnswers
{
    private static readonly FitnessPolicy[] Policies = [new(), new() { ReceiveQueue = new Marks(100, 50) }];

    public static IEnumerable<byte[]> Seeds() =>
        Directory.GetFiles("tests/Domain.Tests/Acceptance/answers")
            .Concat(Directory.GetFiles("tests/Domain.Tests/Acceptance/captures"))
            .SelectMany(file => File.ReadLines(file).Take(6))
            .Append("wsrep_local_state\t4\nread_only\tOFF\nwsrep_cluster_status\tPrimary\nwsrep_ready\tON\n")
            .Append("Slave_IO_Running\tYes\nSlave_SQL_Running\tYes\nSeconds_Behind_Master\t3\n\n"
                + "Replica_IO_Running\tNo\n")
            .Append("""{"wsrep_local_state":4,"read_only":"OFF","wsrep_flow_control_paused":0.25,"uptime":null}""")
            .Append("""{"error":"timeout"}""")
            .Select(Encoding.UTF8.GetBytes);

    public static void Run(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        var (at, observation) = (default(DateTimeOffset), (Observation?)null);
        _ = Check.Refusable(() => observation = CapturedObservation.Parse(text));
        _ = Check.Refusable(() =>
        {
            (at, var captured) = CapturedObservation.ParseLine(text);
            return observation = captured;
        });
        Judge(observation);
        Judge(ObservedVariable.ReadAnswer(Rows(text)));
        var channels = text.Split("\n\n").Select(
            channel => (IReadOnlyDictionary<string, string?>)Rows(channel).DistinctBy(row => row.Key).ToDictionary());
        Judge(ObservedVariable.ReadAnswer(ReplicaStatus.Variables([.. channels])));
    }

    private static IEnumerable<KeyValuePair<string, string?>> Rows(string text) =>
        text.Split('\n').Select(line => line.Split('\t', 2))
            .Select(row => KeyValuePair.Create(row[0], row is [_, var value] && value != "NULL" ? value : null));

    private static void Judge(Observation? observation)
    {
        if (observation is null)
        {
            return;
        }

        Check.That(
            ObservedVariable.Rows(observation).All(row => row.Value.Length <= ObservedVariable.MaxValueLength + 1),
            "a value is too long");
        var again = ObservedVariable.ReadAnswer(
            ObservedVariable.Rows(observation).Select(row => KeyValuePair.Create(row.Key, (string?)row.Value)));
        if (observation.HasAnswer)
        {
            Check.Same(ObservedVariable.Rows(observation), ObservedVariable.Rows(again), "its rows");
        }

        Check.That(!observation.DiffersFrom(observation), "it differs from itself");
        foreach (var policy in Policies)
        {
            var verdict = Fitness.Judge(observation, policy, Reasons.None);
            Check.Equal(verdict, Fitness.Judge(observation, policy, Reasons.None), "judged twice");
            Check.That(verdict.IsFit == (verdict.Reasons == Reasons.None), "fit with a reason");
            Check.That(!verdict.IsFit || observation.NodeState != NodeState.Unknown, "an unknown node is fit");
            Check.IsOneLine(verdict.Headline);
        }

        var envelope = new Envelope(1, default, "n1", new ObservationChanged(observation), null, null, null);
        var written = EventCodec.Write(envelope);
        var read = ((ObservationChanged)EventCodec.Read(written).Event).Observation;
        Check.Equal(observation, read, "from the journal");
    }
}
