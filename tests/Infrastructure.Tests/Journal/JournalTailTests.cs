using GaleraGate.Infrastructure.Journal;
using static GaleraGate.Infrastructure.Tests.Journal.SmallJournal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What a reader that follows a journal gets, and what it waits for.</summary>
public sealed class JournalTailTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly SmallJournal _journal = new();

    private string Folder => _journal.Folder;

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task Lines_come_in_batches_up_to_the_limit_and_the_rest_at_once()
    {
        _journal.Write([1, 2, 3, 4, 5]);

        Assert.Equal(["1 2", "3 4", "5"], await Follow(from: 1, batches: 3, most: 2));
    }

    [Theory]
    [InlineData(1, "1 2 3 4 5 6")]
    [InlineData(2, "2 3 4 5 6")]
    [InlineData(3, "3 4 5 6")]
    [InlineData(6, "6")]
    public async Task Following_begins_at_the_wanted_line(long from, string expected)
    {
        _journal.Write([1, 2], [3, 4], [5, 6]);

        Assert.Equal([expected], await Follow(from));
    }

    /// <summary>Retention has deleted what is wanted.</summary>
    [Fact]
    public async Task A_journal_that_begins_later_is_followed_from_its_beginning()
    {
        _journal.Write([1, 2], [3, 4]);
        File.Delete(Segment.Of(Folder)[0]);

        Assert.Equal(["3 4"], await Follow(from: 1));
    }

    [Fact]
    public async Task Segments_before_the_wanted_line_are_not_opened()
    {
        _journal.Write([1, 2], [3, 4], [5]);
        File.WriteAllText(Segment.Of(Folder)[0], "no event\n");

        Assert.Equal(["3 4 5"], await Follow(from: 3));
    }

    [Fact]
    public async Task A_line_that_is_incomplete_is_waited_for()
    {
        _journal.Write([1, 2]);
        var segment = Segment.Of(Folder)[0];
        var whole = File.ReadAllBytes(segment);
        File.WriteAllBytes(segment, whole[..^20]);

        var batches = await Follow(from: 1, batches: 2, after: _ => File.WriteAllBytes(segment, whole));

        Assert.Equal(["1", "2"], batches);
    }

    [Fact]
    public async Task An_empty_journal_is_waited_for()
    {
        var asked = 0;
        long Last()
        {
            if (++asked == 2)
            {
                _journal.Write([1]);
            }

            return long.MaxValue;
        }

        Assert.Equal(["1"], await Follow(from: 1, last: Last));
    }

    [Fact]
    public async Task A_line_beyond_the_last_wanted_one_is_waited_for_also_in_the_next_segment()
    {
        _journal.Write([1, 2, 3], [4, 5]);
        var last = 2L;

        var batches = await Follow(from: 1, batches: 3, last: () => last, after: _ => last = last == 2 ? 4 : 5);

        Assert.Equal(["1 2", "3 4", "5"], batches);
    }

    /// <summary>Its own number cannot be trusted, so it counts as the next one.</summary>
    [Fact]
    public async Task A_modified_line_is_waited_for_like_the_line_in_whose_place_it_is()
    {
        _journal.Write([1, 2, 3, 4]);
        _journal.Modify(0, "\"seq\":3,", "\"seq\":9,");
        var last = 2L;

        var batches = await Follow(from: 2, batches: 2, last: () => last, after: _ => last = 4);

        Assert.Equal(["2", "!9 4"], batches);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    public async Task A_modified_first_line_of_a_segment_counts_as_its_first(int segment, int seq)
    {
        _journal.Write([1, 2], [3, 4]);
        _journal.Modify(segment, $"\"seq\":{seq},", "\"seq\":9,");

        var batches = await Follow(from: 1, last: () => seq);

        Assert.Equal([segment == 0 ? "!9" : "1 2 !9"], batches);
    }

    [Fact]
    public async Task A_line_without_a_number_has_that_of_the_first_wanted()
    {
        _journal.Write([1, 2, 3, 4]);
        _journal.Modify(0, "{\"seq\":1,", "{\"sqe\":1,");
        var last = 2L;

        Assert.Equal(["! 3", "4"], await Follow(from: 3, batches: 2, last: () => last++));
    }

    [Fact]
    public async Task A_segment_that_is_deleted_before_it_was_read_is_reported_once()
    {
        _journal.Write([1, 2, 3], [4]);
        var last = 2L;
        void Delete()
        {
            File.Delete(Segment.Of(Folder)[0]);
            last = 4;
        }

        Assert.Equal(["1 2", "! 4"], await Follow(from: 1, batches: 2, last: () => last, after: _ => Delete()));
    }

    [Fact]
    public async Task A_damaged_segment_is_reported_once_while_nothing_follows_it()
    {
        _journal.Write([1, 2], [3]);
        var second = Segment.Of(Folder)[1];
        var whole = File.ReadAllBytes(second);
        File.Delete(second);
        File.WriteAllBytes(Segment.CompressedPath(second), new byte[50]);
        var looks = 0;
        long Last()
        {
            if (++looks == 4)
            {
                File.Delete(Segment.CompressedPath(second));
                File.WriteAllBytes(second, whole);
            }

            return long.MaxValue;
        }

        Assert.Equal(["1 2 !", "3"], await Follow(from: 1, batches: 2, last: Last));
    }

    /// <summary>Each batch as its lines' numbers; '!' is before a line with a problem.</summary>
    /// <param name="after">Called after each batch.</param>
    private async Task<List<string>> Follow(
        long from,
        int batches = 1,
        int most = 100,
        Func<long>? last = null,
        Action<IReadOnlyList<JournalLine>>? after = null)
    {
        var got = new List<string>();
        using var ending = new CancellationTokenSource(Limit);
        await foreach (var lines in JournalTail.FollowAsync(
            Folder, from, most, TimeProvider.System, ending.Token, last))
        {
            got.Add(Text(lines));
            after?.Invoke(lines);
            if (got.Count == batches)
            {
                break;
            }
        }

        return got;
    }
}
