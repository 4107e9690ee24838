using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>
/// What waits for the disk is kept whole up to the limit. Beyond it, what does not matter to the state becomes a gap.
/// </summary>
public sealed class BacklogTests
{
    private readonly Backlog _backlog = new();

    [Fact]
    public void Below_the_limit_every_event_is_kept()
    {
        Add(1, Backlog.Limit - 1);

        Assert.Equal(Backlog.Limit - 1, _backlog.Count);
        Assert.All(_backlog.First(int.MaxValue), one => Assert.IsType<DriftMended>(one.Event));
    }

    [Fact]
    public void At_the_limit_one_gap_stands_for_all_that_does_not_matter()
    {
        Add(1, Backlog.Limit);

        var waiting = _backlog.First(int.MaxValue);
        Assert.Equal(Enumerable.Range(1, Backlog.Limit), waiting.Select(one => (int)one.Seq));
        Assert.All(waiting, one => Assert.Equal((1, Backlog.Limit), Gap(one)));
        Assert.Equal(Backlog.Limit, _backlog.Count);
    }

    [Fact]
    public void A_redirect_that_is_still_there_is_kept_and_one_that_came_and_went_is_not()
    {
        _backlog.Add(Envelope(1, new RedirectRemoved(Rule("on disk as added"))));
        _backlog.Add(Envelope(2, new RedirectAdded(Rule("came and went"))));
        _backlog.Add(Envelope(3, new RedirectRemoved(Rule("came and went"))));
        _backlog.Add(Envelope(4, new RedirectAdded(Rule("still there"))));
        Add(5, Backlog.Limit);

        Assert.Equal([1, 4], Kept());
        Assert.Equal([(2, 3), (2, 3)], _backlog.First(3).Skip(1).Select(Gap));
        Assert.Equal((5, Backlog.Limit), Gap(_backlog.First(int.MaxValue)[^1]));
    }

    [Fact]
    public void What_is_being_written_stays_as_it_is_and_counts_as_on_disk()
    {
        _backlog.Add(Envelope(1, new RedirectAdded(Rule("being written"))));
        Add(2, 2);
        _backlog.Keep(2);
        _backlog.Add(Envelope(3, new RedirectRemoved(Rule("being written"))));
        Add(4, Backlog.Limit);

        Assert.Equal([1, 2, 3], Kept());
    }

    [Fact]
    public void A_gap_that_is_written_in_part_goes_on_where_that_part_ended()
    {
        Add(1, Backlog.Limit);

        _backlog.Remove(3);
        Assert.Equal((4L, Backlog.Limit - 3), (_backlog.First(1)[0].Seq, _backlog.Count));
        Assert.Equal((4, Backlog.Limit), Gap(_backlog.First(1)[0]));

        _backlog.Remove(Backlog.Limit - 3);
        Assert.Empty(_backlog.First(1));
        Assert.Equal(0, _backlog.Count);
        Add(Backlog.Limit + 1, Backlog.Limit + 1);
        Assert.Equal(Backlog.Limit + 1, Assert.Single(_backlog.First(2)).Seq);
    }

    [Fact]
    public void Two_gaps_stay_apart_while_what_is_between_them_matters_and_become_one_when_it_no_longer_does()
    {
        const int Between = Backlog.Limit + 1;
        Add(1, Backlog.Limit);
        _backlog.Add(Envelope(Between, new RedirectAdded(Rule("between"))));
        Add(Between + 1, 2 * Between);
        Assert.Equal((1, Backlog.Limit), Gap(_backlog.First(1)[0]));
        Assert.Equal(Between, Kept().First());

        _backlog.Add(Envelope((2 * Between) + 1, new RedirectRemoved(Rule("between"))));
        Add((2 * Between) + 2, 4 * Between);

        var first = Gap(_backlog.First(1)[0]);
        Assert.Equal(1, first.First);
        Assert.InRange(first.Last, 3 * Between, 4 * Between);
        Assert.Equal(Enumerable.Range(1, 4 * Between), _backlog.First(int.MaxValue).Select(one => (int)one.Seq));
    }

    [Fact]
    public void A_redirect_that_another_program_removed_is_no_longer_there()
    {
        _backlog.Add(Envelope(1, new RedirectAdded(Rule("removed"))));
        _backlog.Add(Envelope(2, new DriftFound(Family.Ipv4, Rule("removed").Rule, IsThere: false)));
        _backlog.Add(Envelope(3, new DriftFound(Family.Ipv4, Rule("on disk").Rule, IsThere: false)));
        _backlog.Add(Envelope(4, new DriftFound(Family.Ipv4, Rule("a jump").Rule, IsThere: false, IsRedirect: false)));
        Add(5, Backlog.Limit);

        Assert.Equal([3], Kept());
    }

    [Fact]
    public void A_gap_grows_when_the_limit_is_reached_again()
    {
        Add(1, 3 * Backlog.Limit);
        _backlog.Add(Envelope((3 * Backlog.Limit) + 1, new RedirectAdded(Rule("last"))));

        var waiting = _backlog.First(int.MaxValue);
        Assert.Equal(Enumerable.Range(1, (3 * Backlog.Limit) + 1), waiting.Select(one => (int)one.Seq));
        Assert.Equal(waiting.Count, _backlog.Count);
        Assert.InRange(Gap(waiting[0]).Last, (2 * Backlog.Limit) + 1, 3 * Backlog.Limit);
    }

    private void Add(long first, long last)
    {
        for (var seq = first; seq <= last; seq++)
        {
            _backlog.Add(Envelope(seq, new DriftMended(Family.Ipv4, 1, default)));
        }
    }

    private IEnumerable<long> Kept() =>
        _backlog.First(int.MaxValue).Where(one => one.Event is not AuditGap).Select(one => one.Seq);

    private static (long First, long Last) Gap(Envelope one)
    {
        var gap = Assert.IsType<AuditGap>(one.Event);
        return (gap.First, gap.Last);
    }

    private static RuleChange Rule(string name) => new(Family.Ipv4, $"-A GALERAGATE-3308 #{name}", "", 0, default);

    private static Envelope Envelope(long seq, AuditEvent @event) =>
        new(seq, new Instant(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(seq), "b"), "n1", @event, null, null, null);
}
