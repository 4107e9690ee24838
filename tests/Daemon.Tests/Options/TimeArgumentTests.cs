using System.Globalization;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Tests.Options;

public sealed class TimeArgumentTests
{
    private static readonly DateTimeOffset Now = new(new DateTime(2026, 11, 21, 3, 14, 15, DateTimeKind.Local));

    [Theory]
    [InlineData("now", "2026-11-21T03:14:15")]
    [InlineData("today", "2026-11-21T00:00:00")]
    [InlineData("yesterday", "2026-11-20T00:00:00")]
    [InlineData("tomorrow", "2026-11-22T00:00:00")]
    [InlineData("-2h", "2026-11-21T01:14:15")]
    [InlineData("-1h30min", "2026-11-21T01:44:15")]
    [InlineData("- 90 s", "2026-11-21T03:12:45")]
    [InlineData("2 hours ago", "2026-11-21T01:14:15")]
    [InlineData("1h 30min ago", "2026-11-21T01:44:15")]
    [InlineData("3 days ago", "2026-11-18T03:14:15")]
    [InlineData("1week ago", "2026-11-14T03:14:15")]
    [InlineData("+5min", "2026-11-21T03:19:15")]
    [InlineData("1h", "2026-11-21T02:14:15")]
    [InlineData("1d", "2026-11-20T03:14:15")]
    [InlineData("1h30min", "2026-11-21T01:44:15")]
    [InlineData("90 minutes", "2026-11-21T01:44:15")]
    [InlineData("yesterday 23:00", "2026-11-20T23:00:00")]
    [InlineData("today 03:00:30", "2026-11-21T03:00:30")]
    [InlineData("01:02", "2026-11-21T01:02:00")]
    [InlineData("01:02:03", "2026-11-21T01:02:03")]
    [InlineData("2026-11-20", "2026-11-20T00:00:00")]
    [InlineData("2026-11-20 01:02", "2026-11-20T01:02:00")]
    [InlineData("2026-11-20 01:02:03.5", "2026-11-20T01:02:03.5")]
    [InlineData("2026-11-20T01:02:03", "2026-11-20T01:02:03")]
    public void Times_are_read_as_journalctl_reads_them_in_the_zone_of_the_host(string text, string local) =>
        Assert.Equal(
        new DateTimeOffset(DateTime.Parse(local, CultureInfo.InvariantCulture)), TimeArgument.Parse(text, Now));

    [Theory]
    [InlineData("2026-11-21T03:14:00Z", "2026-11-21T03:14:00Z")]
    [InlineData("2026-11-21T03:14:00+01:00", "2026-11-21T02:14:00Z")]
    [InlineData("@1795230840", "2026-11-21T03:14:00Z")]
    public void A_zone_that_is_given_counts(string text, string utc) => Assert.Equal(
        DateTimeOffset.Parse(utc, CultureInfo.InvariantCulture), TimeArgument.Parse(text, Now));

    [Theory]
    [InlineData("")]
    [InlineData("teatime")]
    [InlineData("-")]
    [InlineData("ago")]
    [InlineData("2 fortnights ago")]
    [InlineData("-5 parsecs")]
    [InlineData("25:00")]
    [InlineData("yesterday noon")]
    [InlineData("yesterday 2026-11-20")]
    [InlineData("5")]
    [InlineData("1h of rest")]
    [InlineData("2026-13-01")]
    [InlineData("@soon")]
    [InlineData("-999999999999y")]
    [InlineData("-\u0663h")]
    public void What_is_no_time_is_none(string text) => Assert.Null(TimeArgument.Parse(text, Now));
}
