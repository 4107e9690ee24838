using System.Text;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Archive;

namespace GaleraGate.Infrastructure.Tests.Archive;

public sealed class ArchiveRowTests
{
    private const string Data = """{"hold":"operator","by":"root","why":"kernel upgrade"}""";

    private const string Headers =
        """{"at":"2026-11-21T03:14:00.000001Z","mono":1.5,"boot":"b","node":"n1","prev":"p","hash":"h"}""";

    [Fact]
    public void A_row_of_a_shipper_is_an_event() =>
        Assert.IsType<HoldPlaced>(Row(Data, Headers).Event().Envelope.Event);

    [Theory]
    [InlineData("\"why\"", "\"wxy\"")]
    [InlineData("\"root\"", "7")]
    public void An_event_that_lacks_a_member_is_refused_in_one_line(string whole, string damaged) =>
        Refused(Data.Replace(whole, damaged, StringComparison.Ordinal), Headers);

    [Theory]
    [InlineData("000001Z", "000001Z and more")]
    [InlineData("\"hash\"", "\"hush\"")]
    [InlineData("\"mono\":1.5", "\"mono\":\"soon\"")]
    public void A_row_with_damaged_headers_is_refused_in_one_line(string whole, string damaged) =>
        Refused(Data, Headers.Replace(whole, damaged, StringComparison.Ordinal));

    private static void Refused(string data, string headers)
    {
        var refused = Assert.Throws<FormatException>(() => Row(data, headers).Event());

        Assert.StartsWith("the archive's event 7 of type HoldPlaced", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static ArchiveRow Row(string data, string headers) =>
        new(7, "HoldPlaced", Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(headers));
}
