using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>What a person may hand over as an observation: JSON, a table, a line of a capture.</summary>
public sealed class CapturedObservationTests
{
    private const string At = "2026-01-14T23:43:58Z";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\n\n")]
    public void A_captured_table_reads_like_the_same_JSON(string lineEnd)
    {
        var rows = ObservedVariable.Rows(Given.Node()).Select(row => $"{row.Key}\t{row.Value}");
        var table = string.Join(lineEnd, rows.Prepend("Variable_name\tValue"));

        Assert.Equal(Given.Node(), CapturedObservation.Parse(table));
        Assert.Equal(Given.Node(), CapturedObservation.Parse(table.Replace("read_only", " read_only ")));
    }

    [Theory]
    [InlineData("""{"read_only": "ON"}""", "ON")]
    [InlineData("""  {"read_only": 1}""", "1")]
    [InlineData("""{"read_only": null}""", null)]
    public void A_value_in_JSON_is_a_text_a_number_or_missing(string json, string? text) =>
        Assert.Equal(text, CapturedObservation.Parse(json).ReadOnly.Text);

    [Theory]
    [InlineData("""{"error": "broken"}""")]
    [InlineData("""{"read_only": {"a": 1}}""")]
    [InlineData("""{"read_only": true}""")]
    [InlineData("""{"read_only": """)]
    [InlineData("""{"read\nonly": true}""")]
    [InlineData("""{"read_only": "\ud800"}""")]
    [InlineData("""{"read\ud800": "ON"}""")]
    [InlineData("no table")]
    [InlineData("read_only\tON\nno table")]
    [InlineData("")]
    public void A_text_that_is_not_an_observation_is_refused_in_one_line(string text) =>
        Assert.DoesNotContain('\n', Assert.Throws<FormatException>(() => CapturedObservation.Parse(text)).Message);

    [Fact]
    public void Each_error_has_a_name_that_reads_back()
    {
        foreach (var error in Enum.GetValues<ProbeError>().Where(error => error != ProbeError.None))
        {
            Assert.Equal(error, ProbeErrors.Parse(error.Name()));
            Assert.Equal(
                Observation.Failed(error), CapturedObservation.Parse($$"""{"error": "{{error.Name()}}"}"""));
        }

        Assert.Null(ProbeErrors.Parse("broken"));
    }

    [Fact]
    public void A_line_of_a_capture_has_a_time_and_variables_or_an_error()
    {
        var (at, seen) = CapturedObservation.ParseLine($$$"""{"at": "{{{At}}}", "variables": {"read_only": "ON"}}""");
        var (_, failed) = CapturedObservation.ParseLine($$"""{"at": "{{At}}", "error": "timeout"}""");

        Assert.Equal(new DateTimeOffset(2026, 1, 14, 23, 43, 58, TimeSpan.Zero), at);
        Assert.Equal(
            at, CapturedObservation.ParseLine("""{"at": "2026-01-14T23:43:58", "error": "timeout"}""").At);
        Assert.True(seen.ReadOnly.Is(true));
        Assert.Equal(Observation.Failed(ProbeError.Timeout), failed);
    }

    [Theory]
    [InlineData("""{"variables": {"read_only": "ON"}}""")]
    [InlineData("""{"at": "soon", "variables": {"read_only": "ON"}}""")]
    [InlineData("""{"at": "2026-01-14T23:43:58Z"}""")]
    [InlineData("""{"at": "2026-01-14T23:43:58Z", "variables": "ON"}""")]
    [InlineData("""{"at": "2026-01-14T23:43:58Z", "error": "broken"}""")]
    [InlineData("""["at"]""")]
    [InlineData("")]
    public void Any_other_line_is_refused(string line) =>
        Assert.Throws<FormatException>(() => CapturedObservation.ParseLine(line));

    [Fact]
    public void A_refusal_says_what_an_observation_is() =>
        Assert.Equal(
            "an observation is a JSON object of variable and value",
            Assert.Throws<FormatException>(() => CapturedObservation.ParseLine(
                """{"at": "2026-01-14T23:43:58Z", "variables": "ON"}""")).Message);
}
