using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Tidy;

/// <summary>docs/reasons.md has every reason, in the order of precedence, with its pace.</summary>
public sealed class ReasonPageTests
{
    [Fact]
    public void The_reasons_page_lists_each_reason_in_order_with_its_pace()
    {
        var rows = File.ReadLines(Path.Combine(Source.Repository, "docs/reasons.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split(" | "))
            .SkipWhile(cells => cells[0] == "| reason")
            .SelectMany(cells => cells[0][2..].Split(", ").Select(name => (name, Pace: cells[^1].TrimEnd(' ', '|'))));

        Assert.Equal(
            Reason.All.Select(reason => (reason.Name, reason.Pace == Pace.Immediate ? "at once" : "debounced")), rows);
    }
}
