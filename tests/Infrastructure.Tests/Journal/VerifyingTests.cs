using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// A check of a journal that is in use, and of one whose newest part is missing: no false alarm, and no all-clear
/// without evidence.
/// </summary>
public sealed class VerifyingTests : IDisposable
{
    private const int Count = 400;
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-verifying").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Lines of 100 kB, so that the check reports progress after the first segments.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_journal_that_is_compressed_or_deleted_during_verification_is_intact(bool dropped)
    {
        Write(Count, 100_000);
        var before = Segment.Of(_folder).Select(Segment.FirstSeq).ToList();
        var kept = 0;

        var proof = JournalVerifier.Verify(_folder, read =>
        {
            kept++;
            Keep(dropped ? 1 : long.MaxValue / 4);
        });

        Assert.True(kept > 0);
        Assert.Equal((null, null, Count), (proof.Problem, proof.Warning, proof.HeadSeq));
        Assert.Equal(dropped ? Segment.FirstSeq(Segment.Of(_folder)[0]) - 1 : null, proof.Dropped);
        var left = Segment.Of(_folder);
        Assert.True(dropped ? Segment.FirstSeq(left[0]) > before[^3] : Segment.IsCompressed(left[^3]));
        Assert.True(dropped ? proof.Events < Count : proof.Events == Count);
    }

    [Fact]
    public void A_newer_segment_deleted_during_verification_is_missing()
    {
        Write(Count, 100_000);
        var taken = Segment.Of(_folder)[^2];

        var proof = JournalVerifier.Verify(_folder, _ => File.Delete(taken));

        Assert.Contains("a segment is missing", proof.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_being_written_during_verification_is_not_damage()
    {
        Write(10, 10);
        var last = Segment.Of(_folder)[^1];
        var whole = File.ReadAllBytes(last);
        File.WriteAllBytes(last, whole[..^30]);
        var finishing = Task.Run(async () =>
        {
            await Task.Delay(150);
            await File.WriteAllBytesAsync(last, whole);
        });

        var proof = JournalVerifier.Verify(_folder);

        Assert.Equal((null, null, 10), (proof.Problem, proof.Warning, proof.HeadSeq));
        Assert.True(finishing.IsCompleted);
    }

    /// <summary>A daemon that has sealed a segment begins the next one at once.</summary>
    [Fact]
    public void A_segment_being_begun_during_verification_is_not_missing()
    {
        Write(10, 10);
        var last = Segment.Of(_folder)[^1];
        var whole = File.ReadAllBytes(last);
        File.WriteAllBytes(last, []);
        var beginning = Task.Run(async () =>
        {
            await Task.Delay(150);
            await File.WriteAllBytesAsync(last, whole);
        });

        var proof = JournalVerifier.Verify(_folder);

        Assert.Equal((null, null, 10), (proof.Problem, proof.Warning, proof.HeadSeq));
        Assert.True(beginning.IsCompleted);
    }

    [Fact]
    public void Segments_that_were_deleted_before_the_check_are_not_reported_as_deleted_during_it()
    {
        Write(100, 100_000);
        var segments = Segment.Of(_folder);
        File.Delete(segments[0]);

        var proof = JournalVerifier.Verify(_folder);

        Assert.Equal((null, null, null), (proof.Problem, proof.Warning, proof.Dropped));
        Assert.Equal(100 + 1 - Segment.FirstSeq(segments[1]), proof.Events);
    }

    /// <summary>Only the last segment is still being written.</summary>
    [Fact]
    public void A_torn_line_in_an_earlier_segment_is_damage()
    {
        Write(Count, 100_000);
        var torn = Segment.Of(_folder)[^2];
        File.WriteAllBytes(torn, File.ReadAllBytes(torn)[..^1]);

        var problem = JournalVerifier.Verify(_folder, looks: 1).Problem;

        Assert.StartsWith(Path.GetFileName(torn), problem, StringComparison.Ordinal);
        Assert.Contains("a line without its end", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no segment", "the journal is empty")]
    [InlineData("an empty segment", "the journal is empty")]
    [InlineData("the last segment is gone", "sealed and no segment follows")]
    [InlineData("the last segment is emptied", "the last segment, is empty")]
    [InlineData("nothing", null)]
    public void A_journal_whose_newest_events_may_be_missing_gets_a_warning(string what, string? warning)
    {
        Write(Count, 100_000);
        var segments = Segment.Of(_folder);
        switch (what)
        {
            case "no segment":
                segments.ToList().ForEach(File.Delete);
                break;
            case "an empty segment":
                segments.ToList().ForEach(File.Delete);
                File.WriteAllText(segments[0], "");
                break;
            case "the last segment is gone":
                File.Delete(segments[^1]);
                break;
            case "the last segment is emptied":
                File.WriteAllText(segments[^1], "");
                break;
            default:
                break;
        }

        var proof = JournalVerifier.Verify(_folder, looks: 2);

        Assert.Null(proof.Problem);
        if (warning is null)
        {
            Assert.Null(proof.Warning);
        }
        else
        {
            Assert.Contains(warning, proof.Warning, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_heads_in_the_system_log_expose_a_cut_or_rewritten_journal()
    {
        Write(20, 10);
        var (fifth, last) = (JournalReader.HashAt(_folder, 5)!, JournalReader.HashAt(_folder, 20)!);

        Assert.Null(Against((5, fifth), (20, last)));
        Assert.Contains("#5 is not the event", Against((5, last)), StringComparison.Ordinal);
        Assert.Contains("its head at #21", Against((5, fifth), (21, last)), StringComparison.Ordinal);

        string? Against(params (long Seq, string Hash)[] heads) =>
            JournalVerifier.Verify(_folder, heads: heads.ToDictionary(head => head.Seq, head => head.Hash)).Problem;
    }

    [Theory]
    [InlineData("{\"seal\":{}")]
    [InlineData("{\"seal\":{\"events\":\"many\"}")]
    [InlineData("""{"seal":{"events":1,"first":1,"last":1,"firstAt":"a","lastAt":"b","ran":1e27,"boot":"b"}""")]
    [InlineData("{\"seq\":\"eleven\"")]
    [InlineData("{\"seq\",")]
    public void A_correct_hash_over_a_line_that_is_not_an_event_is_reported(string line)
    {
        Write(10, 10);
        var head = JournalReader.HashAt(_folder, 10)!;
        Append(HashChain.Seal(System.Text.Encoding.UTF8.GetBytes(line), head).Line);

        Assert.Contains("after #10: ", JournalVerifier.Verify(_folder).Problem, StringComparison.Ordinal);
        Assert.Equal(10, JournalReader.Events(_folder).Count());
    }

    [Theory]
    [InlineData(10, 10, true, null)]
    [InlineData(9, 10, true, "the seal is of 9 events up to #10, and 10 up to #10 are there")]
    [InlineData(10, 9, true, "the seal is of 10 events up to #9, and 10 up to #10 are there")]
    [InlineData(10, 10, false, "the seal is of 10 events up to #10, and 10 up to #10 are there")]
    public void A_seal_must_name_the_number_the_last_event_and_its_hash(
        long events, long last, bool isOfHead, string? problem)
    {
        Write(10, 10);
        var prev = isOfHead ? JournalReader.HashAt(_folder, 10)! : HashChain.Genesis;
        Append(new SealLine(events, 1, last, "", "", prev).Write().Line);

        var found = JournalVerifier.Verify(_folder, looks: 1).Problem;

        Assert.Equal(problem, found?[(found.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]);
    }

    /// <summary>A field of the event may have the same name.</summary>
    [Fact]
    public void The_seq_of_a_line_is_the_one_outside_its_data()
    {
        Write(10, 10);
        var line = "{\"data\":{\"seq\":7},\"seq\":11"u8;
        Append(HashChain.Seal(line, JournalReader.HashAt(_folder, 10)!).Line);

        var proof = JournalVerifier.Verify(_folder);

        Assert.Equal((null, 11), (proof.Problem, proof.HeadSeq));
    }

    private void Append(byte[] line)
    {
        using var file = new FileStream(Segment.Of(_folder)[^1], FileMode.Append);
        file.Write(line);
    }

    private void Keep(long maxBytes)
    {
        JournalKeeper.Compress(_folder, CancellationToken.None);
        foreach (var dropped in JournalKeeper.Drop(
            _folder, new JournalRetention(maxBytes, null), null, long.MaxValue, default))
        {
            Assert.NotNull(dropped);
        }
    }

    private void Write(int count, int bytes)
    {
        using var file = JournalFile.Open(_folder, 4 << 20);
        var why = new string('x', bytes);
        foreach (var batch in Enumerable.Range(1, count).Chunk(10))
        {
            file.Append([.. batch.Select(seq => new Envelope(
                seq, new Instant(Start.AddSeconds(seq), TimeSpan.FromSeconds(seq), "b"), "n1",
                new HoldPlaced(Holds.Operator, "alice", why), null, null, null))]);
        }
    }
}
