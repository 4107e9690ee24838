using System.Text;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What a search reads of a line that it may skip; a line of another form has no head.</summary>
public sealed class LineHeadTests
{
    private const string At = "\"at\":\"2026-11-21T03:00:07.250000Z\"";

    [Fact]
    public void A_line_as_this_program_writes_it_has_a_head() =>
        Assert.Equal(
            new LineHead(12, new DateTimeOffset(2026, 11, 21, 3, 0, 7, 250, TimeSpan.Zero), "GateOpened"),
            Of($"{{\"seq\":12,{At},\"mono\":7.25,\"boot\":\"b\",\"type\":\"GateOpened\",\"data\":{{}}}}"));

    [Theory]
    [InlineData("")]
    [InlineData("{\"seq\":")]
    [InlineData("{\"seq\":x")]
    [InlineData("{\"seal\":{\"events\":1}}")]
    [InlineData("{\"seq\":12,\"mono\":7.25,\"type\":\"GateOpened\"}")]
    [InlineData("{\"seq\":12,\"at\":\"yesterday\",\"type\":\"GateOpened\"}")]
    [InlineData("{\"seq\":12,\"on\":\"2026-11-21T03:00:07.250000Z\",\"type\":\"GateOpened\"}")]
    [InlineData($"{{\"seq\":12,{At},\"node\":\"n1\"}}")]
    [InlineData($"{{\"seq\":12,{At},\"type\":\"GateOpened")]
    [InlineData($"{{\"seq\":12,{At},\"type\":\"\"}}")]
    [InlineData($"{{\"seq\":12,{At},\"type\":\"GateMoved\"}}")]
    [InlineData($"{{\"seq\":12,\"mono\":7,{At},\"type\":\"GateOpened\"}}")]
    public void A_line_of_another_form_has_no_head(string line) => Assert.Null(Of(line));

    [Theory]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void A_name_of_any_length_that_no_event_has_is_no_head(int length) =>
        Assert.Null(Of($"{{\"seq\":12,{At},\"type\":\"{new string('G', length)}\"}}"));

    private static LineHead? Of(string line) => LineHead.Of(Encoding.UTF8.GetBytes(line));
}
