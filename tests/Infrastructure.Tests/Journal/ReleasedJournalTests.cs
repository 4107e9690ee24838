using System.Reflection;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Tests.Json;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// The journals of released versions must be readable, foldable and continuable for ever. Each contains every event
/// type three times, in sealed and compressed segments. RELEASED_REWRITE=1 writes this version's journal before its
/// release, and must never be used after it.
/// </summary>
public sealed class ReleasedJournalTests : IDisposable
{
    private const long Small = 8 << 10;

    private static readonly DateTimeOffset Start = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-released").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Versions() =>
        [
            .. Directory
                .GetDirectories(Fixtures())
                .Select(folder => Path.GetFileName(folder))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Versions))]
    public void A_released_journal_is_verified_read_folded_and_continued(string version)
    {
        var fixture = Path.Combine(Fixtures(), version);
        var expected = File.ReadAllLines(Path.Combine(fixture, "expected"));
        foreach (var file in Directory.GetFiles(fixture).Where(file => Path.GetFileName(file) != "expected"))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        var proof = JournalVerifier.Verify(_folder);
        Assert.Equal((null, expected[0]), (proof.Problem, $"{proof.Events} {proof.HeadSeq} {proof.Head}"));
        var events = JournalReader.Events(_folder).ToList();
        Assert.DoesNotContain(events, envelope => envelope.Event is UnknownEvent);
        Assert.Equal(expected[1], Told(events.Aggregate(new GateState(), GateDecider.Evolve)));
        Assert.Contains(Segment.Of(_folder), Segment.IsCompressed);

        using (var file = JournalFile.Open(_folder, Small))
        {
            Assert.Null(file.Repair);
            file.Append([
                new Envelope(
                    file.Seq + 1, At(file.Seq + 1), "n1", new LoopStalled(TimeSpan.FromSeconds(1)), null, null, null),
            ]);
        }

        var continued = JournalVerifier.Verify(_folder);
        Assert.Equal((null, proof.Events + 1), (continued.Problem, continued.Events));
    }

    [Fact]
    public void There_is_a_released_journal_of_this_version()
    {
        var version = typeof(JournalFile)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0];
        var fixture = Path.Combine(Fixtures(), version);
        if (Environment.GetEnvironmentVariable("RELEASED_REWRITE") is not null)
        {
            Write(fixture);
        }

        Assert.True(Directory.Exists(fixture), $"{fixture} is missing: RELEASED_REWRITE=1 makes it");
        var types = JournalReader
            .Events(fixture)
            .Select(envelope => envelope.Type)
            .Distinct()
            .Order(StringComparer.Ordinal);
        Assert.Equal(EventNames.All, types);
    }

    private static void Write(string fixture)
    {
        if (Directory.Exists(fixture))
        {
            Directory.Delete(fixture, recursive: true);
        }

        Directory.CreateDirectory(fixture);
        var events = Enumerable.Repeat<IEnumerable<AuditEvent>>(EventCodecTests.OneOfEach, 3).SelectMany(all => all)
            .Select(
                (@event, i) =>
                    new Envelope(i + 1, At(i + 1), "n1", @event, i > 0 ? i : null, 18446744073709551614, (ulong)i))
            .ToList();
        using (var file = JournalFile.Open(fixture, Small))
        {
            events.ForEach(envelope => file.Append([envelope]));
        }

        JournalKeeper.Compress(fixture, CancellationToken.None);
        var proof = JournalVerifier.Verify(fixture);
        File.WriteAllText(
            Path.Combine(fixture, "expected"),
            $"{proof.Events} {proof.HeadSeq} "
            + $"{proof.Head}\n{Told(events.Aggregate(new GateState(), GateDecider.Evolve))}\n");
    }

    private static string Told(GateState state) =>
        $"{state.Phase} {state.NodeState} {state.Holds} opened {state.Opened} leased {state.Leased} ipv4 "
        + $"{state.Redirects.Of(Family.Ipv4).Rules.Count} ipv6 {state.Redirects.Of(Family.Ipv6).Rules.Count} open "
        + $"after {state.OpenAfter} verdict {state.Verdict?.Headline}";

    private static Instant At(long seq) => new(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "boot");

    private static string Fixtures([System.Runtime.CompilerServices.CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "Released");
}
