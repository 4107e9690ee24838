using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Threads;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Journal;

public sealed class JournalTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-journal").FullName;

    private string Folder => Path.Combine(_root, "journal");

    private string OnlySegment => Segment.Of(Folder).Single();

    public void Dispose()
    {
        _ = Shell.Try("umount", ["-l", Folder]);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Lines_are_chained_over_their_bytes_across_writes_and_restarts()
    {
        Write(1, 3);
        Write(4, 2);

        var lines = JournalReader.Lines(OnlySegment).ToList();

        Assert.Equal([1, 2, 3, 4, 5], lines.Select(line => line.Envelope!.Seq));
        Assert.Equal(HashChain.Genesis, HashChain.Prev(lines[0].Bytes.Span));
        Assert.All(
            lines.Zip(lines.Skip(1)), pair => Assert.Equal(pair.First.Hash, HashChain.Prev(pair.Second.Bytes.Span)));
        Assert.EndsWith(
            $"\"hash\":\"{lines[^1].Hash}\"}}",
            Encoding.UTF8.GetString(lines[^1].Bytes.Span),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_with_one_flipped_bit_is_detected_wherever_it_is()
    {
        Write(1, 1);
        var line = JournalReader.Lines(OnlySegment).Single().Bytes.ToArray();
        for (var i = 0; i < line.Length; i++)
        {
            var turned = line.ToArray();
            turned[i] ^= 1;
            Assert.Null(HashChain.Verify(turned));
        }
    }

    [Fact]
    public void An_end_torn_at_any_byte_is_cut_after_the_last_whole_event_and_reported()
    {
        Write(1, 3);
        var whole = File.ReadAllBytes(OnlySegment);
        var last = JournalReader.Lines(OnlySegment).Last();
        for (var length = last.Start + 1; length < whole.Length; length++)
        {
            File.WriteAllBytes(OnlySegment, whole[..(int)length]);
            using var file = JournalFile.Open(Folder);
            Assert.Equal(2, file.Seq);
            Assert.Equal(length - last.Start, file.Repair!.BytesCut);
            file.Append([Envelope(3)]);
            Assert.Equal(
                [1, 2, 3],
                JournalReader.Lines(OnlySegment).Select(line => line.Hash is null ? -1 : line.Envelope!.Seq));
        }
    }

    [Fact]
    public void An_end_of_zeros_left_by_a_crashed_file_system_is_cut()
    {
        Write(1, 2);
        File.AppendAllBytes(OnlySegment, new byte[5000]);

        using var file = JournalFile.Open(Folder);

        Assert.Equal((2, 5000), (file.Seq, file.Repair!.BytesCut));
    }

    [Fact]
    public void Damage_in_the_middle_is_left_as_evidence_and_the_rest_is_read()
    {
        Write(1, 3);
        var bytes = File.ReadAllBytes(OnlySegment);
        bytes[JournalReader.Lines(OnlySegment).ElementAt(1).Start + 10] ^= 1;
        File.WriteAllBytes(OnlySegment, bytes);

        Write(4, 1);

        Assert.Equal(
            [null, "damaged", null, null],
            JournalReader.Lines(OnlySegment).Select(line => line.Problem is null ? null : "damaged"));
    }

    /// <summary>
    /// Longer than any line. In the middle of a file it is evidence like other damage; at the end it is cut off like
    /// any torn end.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Damage_of_megabytes_without_a_line_end_is_skipped_and_later_lines_are_read(bool inTheMiddle)
    {
        const int Length = (3 << 20) + 17;
        Write(1, 3);
        var whole = File.ReadAllBytes(OnlySegment);
        var at = inTheMiddle ? (int)JournalReader.Lines(OnlySegment).ElementAt(1).Start : whole.Length;
        File.WriteAllBytes(OnlySegment, [.. whole[..at], .. Enumerable.Repeat((byte)'x', Length), .. whole[at..]]);

        using (var file = JournalFile.Open(Folder))
        {
            Assert.Equal((3, inTheMiddle ? null : Length), (file.Seq, file.Repair?.BytesCut));
            file.Append([Envelope(4)]);
        }

        var lines = JournalReader.Lines(OnlySegment).ToList();
        Assert.Equal(
            inTheMiddle ? [1, -1, 3, 4] : [1, 2, 3, 4],
            lines.Select(line => line.Hash is null ? -1 : line.Envelope!.Seq));
        Assert.Equal(new FileInfo(OnlySegment).Length, lines[^1].End);
        Assert.Equal(
            inTheMiddle,
            JournalVerifier
                .Verify(Folder)
                .Problem?.Contains("after #1: it was modified after it was written", StringComparison.Ordinal)
                == true);
    }

    [Fact]
    public async Task Following_returns_existing_lines_and_then_each_whole_line()
    {
        Write(1, 2);
        var seen = new System.Collections.Concurrent.ConcurrentQueue<long>();
        using var ending = new CancellationTokenSource();
        var following = Task.Run(async () =>
        {
            await foreach (var lines in JournalTail.FollowAsync(Folder, 0, 1000, TimeProvider.System, ending.Token))
            {
                lines.ToList().ForEach(line => seen.Enqueue(line.Envelope!.Seq));
            }
        });
        Shell.Await(() => seen.Count == 2, TimeSpan.FromSeconds(20), "what was there");

        Write(3, 1);
        Shell.Await(() => seen.Count == 3, TimeSpan.FromSeconds(20), "the line behind it");
        var next = JournalReader.Lines(OnlySegment).First().Bytes.ToArray();
        var segment = Path.Combine(Folder, Segment.Name(4));
        await File.WriteAllBytesAsync(segment, next[..20]);
        await Task.Delay(500);
        Assert.Equal(3, seen.Count);
        await File.WriteAllBytesAsync(segment, [.. next, (byte)'\n']);
        Shell.Await(() => seen.Count == 4, TimeSpan.FromSeconds(20), "the next segment's line");
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal([1, 2, 3, 1], seen);
    }

    [Fact]
    public void An_intact_journal_verifies_and_reports_its_head()
    {
        Write(1, 3);
        Write(4, 2);

        var proof = JournalVerifier.Verify(Folder);

        Assert.Equal((5, 5, null), (proof.Events, proof.HeadSeq, proof.Problem));
        Assert.Equal(JournalReader.Lines(OnlySegment).Last().Hash, proof.Head);
        Assert.Equal(new FileInfo(OnlySegment).Length, proof.Bytes);
    }

    [Theory]
    [InlineData("a flipped bit", 2, "modified after it was written")]
    [InlineData("a line left out", 2, "#4 stands in the place of #3")]
    [InlineData("two lines in the wrong order", 2, "#4 stands in the place of #3")]
    [InlineData("a line twice", 3, "#3 stands in the place of #4")]
    [InlineData("a line from another journal", 2, "#3 does not follow the line before it")]
    [InlineData("a torn end", 4, "without its end")]
    public void Each_manipulation_of_a_journal_is_found_and_named(string what, long right, string problem)
    {
        Write(1, 5);
        var lines = File.ReadAllLines(OnlySegment).ToList();
        var other = Path.Combine(_root, "other");
        using (var file = JournalFile.Open(other))
        {
            file.Append([.. Enumerable.Range(1, 3).Select(seq => Envelope(seq) with { Node = "other" })]);
        }

        switch (what)
        {
            case "a flipped bit":
                lines[2] = lines[2].Replace("n1", "n2", StringComparison.Ordinal);
                break;
            case "a line left out":
                lines.RemoveAt(2);
                break;
            case "two lines in the wrong order":
                (lines[2], lines[3]) = (lines[3], lines[2]);
                break;
            case "a line twice":
                lines.Insert(2, lines[2]);
                break;
            case "a line from another journal":
                lines[2] = File.ReadAllLines(Segment.Of(other).Single())[2];
                break;
            default:
                break;
        }

        var text = string.Join('\n', lines) + "\n";
        File.WriteAllText(OnlySegment, what == "a torn end" ? text[..^30] : text);

        var proof = JournalVerifier.Verify(Folder);

        Assert.Equal((right, right), (proof.Events, proof.HeadSeq));
        Assert.Contains(problem, proof.Problem, StringComparison.Ordinal);
        Assert.Contains($"after #{right}", proof.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_has_one_writer()
    {
        using var first = JournalFile.Open(Folder);

        Assert.Contains(
            "another daemon",
            Assert.Throws<UnavailableException>(() => JournalFile.Open(Folder)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/galeragate")]
    [InlineData("/dev/null/journal")]
    public void A_directory_that_cannot_be_written_is_refused_in_one_line(string directory)
    {
        var refused = Assert.Throws<UnavailableException>(() => JournalFile.Open(directory));

        Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static Outbox ToNobody =>
        new((_, _) => ValueTask.CompletedTask, () => default, TimeProvider.System);

    /// <summary>A real disk that is really full: a tmpfs one page larger than its content.</summary>
    [Fact]
    public async Task A_full_disk_is_reported_and_all_events_are_written_once_there_is_space()
    {
        Directory.CreateDirectory(Folder);
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=256k", "none", Folder]);
        using var file = JournalFile.Open(Folder);
        var ballast = Path.Combine(Folder, "ballast");
        var signals = new List<Signal>();
        var full = new TaskCompletionSource();
        var synced = new TaskCompletionSource();
        var outbox = new Outbox(Report, () => default, TimeProvider.System);
        var writer = new JournalWriter(JournalWriter.OnItsOwnThread(file), outbox);
        var writing = writer.RunAsync(CancellationToken.None);
        FillUp(ballast);

        writer.Append([.. Enumerable.Range(1, 100).Select(seq => Envelope(seq))]);
        await full.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain(signals, signal => signal is JournalSynced);
        File.Delete(ballast);
        await synced.Task.WaitAsync(TimeSpan.FromSeconds(20));
        writer.End();
        await writing;

        Assert.Equal(Enumerable.Range(1, 100), JournalReader.Events(Folder).Select(envelope => (int)envelope.Seq));
        Assert.All(JournalReader.Lines(OnlySegment), line => Assert.NotNull(line.Hash));

        ValueTask Report(Signal signal, CancellationToken cancellationToken)
        {
            signals.Add(signal);
            _ = signal is JournalUnavailable ? full.TrySetResult() : synced.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task Events_that_a_full_disk_lost_at_the_end_are_counted()
    {
        Directory.CreateDirectory(Folder);
        Shell.Run("mount", ["-t", "tmpfs", "-o", "size=256k", "none", Folder]);
        using var file = JournalFile.Open(Folder);
        FillUp(Path.Combine(Folder, "ballast"));
        var writer = new JournalWriter(JournalWriter.OnItsOwnThread(file), ToNobody);

        writer.Append([.. Enumerable.Range(1, 100).Select(seq => Envelope(seq))]);
        writer.End();
        await writer.RunAsync(CancellationToken.None);

        Assert.Equal((100, 0), (writer.Unwritten, file.Seq));
    }

    [Fact]
    public async Task Everything_appended_before_the_end_is_on_disk_at_the_end()
    {
        using var file = JournalFile.Open(Folder);
        var writer = new JournalWriter(JournalWriter.OnItsOwnThread(file), ToNobody);
        var writing = writer.RunAsync(CancellationToken.None);
        for (var seq = 1; seq <= 2500; seq++)
        {
            writer.Append([Envelope(seq)]);
        }

        writer.End();
        await writing;

        Assert.Equal((2500, 2500), (file.Seq, JournalReader.Events(Folder).Count()));
    }

    /// <summary>
    /// A disk that cannot be written for longer than memory lasts: history is lost and counted, the state is kept, and
    /// no seq is missing.
    /// </summary>
    [Fact]
    public async Task Events_beyond_the_memory_limit_become_gaps_and_the_state_stays_complete()
    {
        const int Count = 50_000;
        var full = true;
        using var file = JournalFile.Open(Folder);
        var refusals = 0;
        var writer = new JournalWriter(
            batch =>
            {
                refusals += full ? 1 : 0;
                return full
                    ? throw new IOException("No space left on device")
                    : JournalWriter.OnItsOwnThread(file)(batch);
            },
            ToNobody);
        var writing = writer.RunAsync(CancellationToken.None);
        for (var seq = 1; seq <= Count; seq++)
        {
            writer.Append([
                Envelope(seq) with
                {
                    Event =
                        seq == 77
                            ? new HoldPlaced(Holds.Operator, "alice", "must not be forgotten")
                            : new VerdictChanged(default),
                },
            ]);
        }

        Shell.Await(() => refusals > 1, TimeSpan.FromSeconds(20), "a refusal with everything in memory");
        full = false;
        writer.End();
        await writing;

        var events = JournalReader.Events(Folder).ToList();
        Assert.Equal(Enumerable.Range(1, Count), events.Select(envelope => (int)envelope.Seq));
        var gaps = events.Where(envelope => envelope.Event is AuditGap).ToList();
        Assert.InRange(gaps.Count, Count - 25_000, Count - 1_000);
        Assert.All(gaps, gap => Assert.InRange(gap.Seq, ((AuditGap)gap.Event).First, ((AuditGap)gap.Event).Last));
        Assert.Equal(Holds.Operator, events.Aggregate(new GateState(), GateDecider.Evolve).Holds);
        Assert.Equal((0, null), (writer.Unwritten, JournalVerifier.Verify(Folder).Problem));
    }

    /// <summary>
    /// A gate that flaps throughout a very long outage: each opening has a rule of its own in both families.
    /// </summary>
    [Fact]
    public async Task Redirects_added_and_removed_during_a_disk_failure_use_no_memory()
    {
        const int Openings = 50_000;
        var full = true;
        using var file = JournalFile.Open(Folder);
        var write = JournalWriter.OnItsOwnThread(file);
        var writer = new JournalWriter(
            batch => full ? throw new IOException("No space left on device") : write(batch),
            ToNobody);
        var writing = writer.RunAsync(CancellationToken.None);
        // Rule 0 is on disk as added before the outage. Of the rules added during it, one stays.
        full = false;
        writer.Append([Envelope(1) with { Event = new RedirectAdded(Rule(0)) }]);
        Shell.Await(() => file.Seq == 1, TimeSpan.FromSeconds(20), "the first on disk");
        full = true;
        writer.Append([Envelope(2) with { Event = new RedirectRemoved(Rule(0)) }]);
        for (var seq = 3; seq < (2 * Openings) + 3; seq += 2)
        {
            writer.Append([Envelope(seq) with { Event = new RedirectAdded(Rule(seq)) }]);
            writer.Append([Envelope(seq + 1) with { Event = new RedirectRemoved(Rule(seq)) }]);
        }

        writer.Append([Envelope((2 * Openings) + 3) with { Event = new RedirectAdded(Rule(-1)) }]);
        full = false;
        writer.End();
        await writing.WaitAsync(TimeSpan.FromMinutes(1));

        var events = JournalReader.Events(Folder).ToList();
        Assert.Equal(Enumerable.Range(1, (2 * Openings) + 3), events.Select(envelope => (int)envelope.Seq));
        Assert.InRange(events.Count(envelope => envelope.Event is not AuditGap), 4, 25_000);
        var rules = events.Aggregate(new GateState(), GateDecider.Evolve).Redirects.Of(Family.Ipv4);
        Assert.Equal([Rule(-1).Rule], rules.Rules);

        static RuleChange Rule(int seq) => new(Family.Ipv4, $"-A GALERAGATE-3308 #{seq}", "", 0, TimeSpan.Zero);
    }

    private static void FillUp(string ballast)
    {
        using var stream = File.Create(ballast, 1);
        try
        {
            while (true)
            {
                stream.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private void Write(int first, int count)
    {
        using var file = JournalFile.Open(Folder);
        file.Append([.. Enumerable.Range(first, count).Select(seq => Envelope(seq))]);
    }

    private static Envelope Envelope(long seq) =>
        new(
            seq,
            new Instant(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(seq), "b"),
            "n1",
            new GateOpened("synced"),
            null,
            null,
            null);
}
