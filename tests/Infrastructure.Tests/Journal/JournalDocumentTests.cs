using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Journal;

public sealed class JournalDocumentTests
{
    [Fact]
    public void The_document_lists_every_event_once_and_no_other()
    {
        var listed = File.ReadLines(Path.Combine(Repository.Root, "docs", "events.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Select(line => line.Split('|')[1].Trim())
            .Skip(1);

        Assert.Equal(EventNames.All, listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Decision_records_are_numbered_without_gaps()
    {
        var numbers = Directory.GetFiles(Path.Combine(Repository.Root, "docs", "adr"), "0*.md")
            .Select(file => int.Parse(Path.GetFileName(file)[..4])).Order();

        Assert.Equal(Enumerable.Range(1, numbers.Count()), numbers);
    }
}
