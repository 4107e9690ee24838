using System.Globalization;
using System.Net.Sockets;
using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;
using GaleraGate.Lab;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Hostile;

/// <summary>
/// Input from outside that is malicious, or corrupted by a disk or a network: whatever arrives, each reader returns one
/// of its documented results and ends. GALERAGATE_SEED replays a failure.
/// </summary>
public sealed class HostileInputTests : IDisposable
{
    private static readonly int Seed = int.TryParse(
        Environment.GetEnvironmentVariable("GALERAGATE_SEED"), CultureInfo.InvariantCulture, out var given)
        ? given
        : Environment.TickCount;

    private readonly LabHost _host = new();

    public void Dispose() => _host.Dispose();

    /// <summary>
    /// A server whose every answer is corrupted on its way: the probe returns what it saw or which error it was, within
    /// its timeout, and throws nothing.
    /// </summary>
    [Fact]
    public async Task Any_answer_of_a_server_becomes_an_observation()
    {
        const int Rounds = 150;
        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
        node.Status = node
            .Status.Append(new("wsrep_local_state_comment", "Synced \u001b[2J\u0007" + new string('x', 5000)))
            .ToDictionary();
        var connections = 0;
        using var spoiling = new ScriptedServer(client =>
            Spoil(client, node.Path, new Random(Seed + Interlocked.Increment(ref connections))));
        var server = new MySqlConnectionStringBuilder
        {
            Server = "127.0.0.1",
            Port = (uint)spoiling.Port,
            UserID = "u",
            Password = "p",
            SslMode = MySqlSslMode.None,
        };
        await using var probe = new GaleraProbe(server, TimeSpan.FromMilliseconds(100), () => ServerMode.Galera);
        var answered = 0;
        for (var round = 0; round < Rounds; round++)
        {
            Observation observation;
            try
            {
                observation = await probe.ObserveAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"GALERAGATE_SEED={Seed}, round {round}", e);
            }

            answered += observation.Error == ProbeError.None ? 1 : 0;
            Assert.True(
                ObservedVariable.Rows(observation).All(row => row.Value.Length <= ObservedVariable.MaxValueLength + 1),
                $"GALERAGATE_SEED={Seed}");
            _ = Fitness.Judge(observation, new FitnessPolicy(), Reasons.None);
            _ = EventCodec.Read(
                EventCodec.Write(new Envelope(1, default, "n1", new ObservationChanged(observation), null, null, null))
            );
        }

        // Some answers must arrive undamaged; otherwise only the first bytes were tested.
        Assert.InRange(answered, 1, Rounds - 1);
    }

    /// <summary>
    /// Whatever a journal contains, it is read to the end, damage is reported, and a daemon that opens it continues
    /// after it.
    /// </summary>
    [Fact]
    public void A_journal_of_arbitrary_bytes_is_read_to_its_end()
    {
        const int Rounds = 300;
        var lines = Journal();
        for (var round = 0; round < Rounds; round++)
        {
            var random = new Random(Seed + round);
            var folder = Path.Combine(_host.Folder, $"journal-{round}");
            _ = Directory.CreateDirectory(folder);
            var bytes = Spoilt(lines, random);
            File.WriteAllBytes(Path.Combine(folder, "00000000000000000001.jsonl"), bytes);
            if (random.Next(4) == 0)
            {
                File.WriteAllBytes(
                    Path.Combine(folder, "00000000000000000001.jsonl.index"),
                    Spoilt("0 1 2026-01-01T00:00:00.000000Z\n"u8.ToArray(), random));
            }

            try
            {
                var read = JournalReader.Lines(folder, JournalFilter.All).ToList();
                var proof = JournalVerifier.Verify(folder, looks: 1);
                Assert.True(
                    bytes.AsSpan().SequenceEqual(lines) || proof.Problem is not null || proof.Events < 20,
                    "spoilt, and not seen");
                Assert.All(read, line => Assert.True(line.Envelope is not null || line.Problem is not null));
                using var opened = JournalFile.Open(folder, 1 << 20);
                opened.Append([
                    new Envelope(opened.Seq + 1, default, "n1", new GateOpened("synced"), null, null, null),
                ]);
            }
            catch (Exception e) when (e is not FormatException)
            {
                throw new InvalidOperationException($"GALERAGATE_SEED={Seed}, round {round}", e);
            }
        }
    }

    /// <summary>A my.cnf gives its options, or an error in one line.</summary>
    [Fact]
    public void A_credentials_file_of_arbitrary_bytes_is_read_or_refused_in_one_line()
    {
        var file = Path.Combine(_host.Folder, "my.cnf");
        var good = Encoding.UTF8.GetBytes(
            "[client]\nuser = galeragate\npassword=\"a#b\\sc\"\nssl-mode=REQUIRED\nport=3306\n!include "
            + "other.cnf\n[mysqld]\nx\n");
        File.WriteAllText(Path.Combine(_host.Folder, "other.cnf"), "[client]\nhost=localhost\n");
        for (var round = 0; round < 3000; round++)
        {
            File.WriteAllBytes(file, Spoilt(good, new Random(Seed + round)));
            try
            {
                ClientDefaults.Apply(ClientDefaults.Read(file), new MySqlConnectionStringBuilder());
            }
            catch (FormatException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"GALERAGATE_SEED={Seed}, round {round}", e);
            }
        }
    }

    /// <summary>
    /// Whatever iptables prints is read as a table, and changes never touch more than our own chain and the jumps to
    /// it.
    /// </summary>
    [Fact]
    public void Arbitrary_rule_listings_are_read_and_only_our_own_rules_are_changed()
    {
        var rules = new GateRules("n1", 3308, 3306, [], LocalClients: true, Leased: true);
        var wanted = rules.For(Family.Ipv4, new Redirect(7, 7));
        var good = Encoding.UTF8.GetBytes(
            string.Join(
                '\n',
                [
                    "-P PREROUTING ACCEPT",
                    "-N GALERAGATE-3308",
                    "-N DOCKER",
                    .. wanted.Jumps,
                    .. wanted.Rules!,
                    "-A PREROUTING -j DOCKER",
                ]
            ) + "\n");
        for (var round = 0; round < 3000; round++)
        {
            var text = Encoding.UTF8.GetString(Spoilt(good, new Random(Seed + round)));
            var change = TableRules.Read(rules.Chain, text).ChangeTo(wanted);
            foreach (var line in change?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
            {
                Assert.True(
                    line is "*nat" or "COMMIT" || line.Contains(rules.Chain, StringComparison.Ordinal),
                    $"GALERAGATE_SEED={Seed}, round {round}: {line}");
            }
        }
    }

    private static byte[] Journal()
    {
        var (prev, text) = (HashChain.Genesis, new MemoryStream());
        for (var seq = 1; seq <= 20; seq++)
        {
            AuditEvent @event = (seq % 4) switch
            {
                0 => new GateOpened("synced"),
                1 => new ObservationChanged(
                    ObservedVariable.ReadAnswer([new("wsrep_local_state", "4"), new("read_only", "OFF")])),
                2 => new HoldPlaced(Holds.Operator, "alice", "because"),
                _ => new RedirectAdded(
                    new RuleChange(Family.Ipv4, "-A x -j REDIRECT", "iptables-restore", 0, TimeSpan.FromMilliseconds(8))
                ),
            };
            var (line, hash) = HashChain.Seal(
                EventCodec.WriteOpened(new Envelope(seq, default, "n1", @event, seq > 1 ? seq - 1 : null, 7, 5)), prev);
            text.Write(line);
            prev = hash;
        }

        return text.ToArray();
    }

    /// <summary>Changes, removes, inserts, duplicates or cuts off a few bytes; occasionally changes nothing.</summary>
    private static byte[] Spoilt(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var change = random.Next(6); change > 0 && bytes.Count > 0; change--)
        {
            var (at, length) = (random.Next(bytes.Count), random.Next(1, 40));
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(length, bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256)));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.Skip(random.Next(bytes.Count)).Take(length).ToList());
                    break;
                case 4:
                    bytes.InsertRange(at, Enumerable.Repeat((byte)"\0\n\"{[#!="[random.Next(8)], length * 50));
                    break;
                case 5:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>
    /// Forwards what a client sends, and the answers with occasional corruption, until the client disconnects.
    /// </summary>
    private static void Spoil(NetworkStream client, string server, Random random)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(server));
        using var answers = new NetworkStream(socket);
        Task.WaitAny(AskAsync(), AnswerAsync());

        async Task AskAsync()
        {
            try
            {
                await client.CopyToAsync(answers);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The other end is gone.
            }
        }

        async Task AnswerAsync()
        {
            var buffer = new byte[1 << 16];
            try
            {
                for (var length = await answers.ReadAsync(buffer); length > 0; length = await answers.ReadAsync(buffer))
                {
                    await client.WriteAsync(
                        random.Next(3) > 0 ? buffer.AsMemory(0, length) : Spoilt(buffer[..length], random));
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The other end is gone.
            }
        }
    }
}
