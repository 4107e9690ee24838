using System.Xml.Linq;
using GaleraGate.Domain.Events;

namespace GaleraGate.Domain.Tests.Events;

/// <summary>docs/events.md matches the table and the records. DIAGRAMS_REWRITE=1 writes it (make docs does).</summary>
public sealed class EventDocumentTests
{
    private static readonly Dictionary<string, XElement> Members =
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, "GaleraGate.Domain.xml")).Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value);

    [Fact]
    public void The_event_document_matches_the_records_and_their_table()
    {
        var file = Path.Combine(Documents.Folder, "events.md");
        var made = Page();
        if (Environment.GetEnvironmentVariable("DIAGRAMS_REWRITE") is not null)
        {
            File.WriteAllText(file, made);
        }

        Assert.True(File.ReadAllText(file) == made, "docs/events.md is stale: make docs writes it");
    }

    [Fact]
    public void Each_type_and_each_field_of_it_is_explained() => Assert.All(EventTable.Rows, row =>
    {
        Assert.NotEqual("", Summary(row.Type));
        Assert.All(Fields(row.Type), field => Assert.NotEqual("", field.Words));
    });

    [Fact]
    public void Each_type_of_event_has_one_row()
    {
        var types = typeof(AuditEvent).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(AuditEvent)) && type != typeof(UnknownEvent));

        Assert.Equal(types.Select(type => type.Name).Order(), EventTable.Rows.Select(row => row.Type.Name).Order());
    }

    private static string Page() => $"""
        # Events

        Made from the events themselves by `make docs`; a test compares. What stands around an event on its line is in
        [journal.md](journal.md). Durations are seconds; a field without a value is missing. Types and fields are only
        ever added.

        The cause of a rule is the event that wanted it (GateOpened, GateClosed, DaemonStarted), its cause the verdict,
        the verdict's the observation or the hold.

        | type | about | what happened | data |
        |---|---|---|---|
        {string.Join('\n', EventTable.Rows.Select(Line))}

        """;

    private static string Line(EventRow row)
    {
        var data = string.Join("; ", Fields(row.Type).Select(field => $"{field.Name}: {field.Words}"));
        return $"| {row.Name} | {row.Subject} | {Summary(row.Type)} |{(data.Length > 0 ? $" {data}" : "")} |";
    }

    private static IEnumerable<(string Name, string Words)> Fields(Type type) => type.GetConstructors()
        .SelectMany(constructor => constructor.GetParameters())
        .Select(parameter => parameter.Name!)
        .Select(name => (char.ToLowerInvariant(name[0]) + name[1..], Text(Param(type, name))));

    private static string Summary(Type type) =>
        Text(Members.GetValueOrDefault($"T:{type.FullName}")?.Element("summary"));

    private static XElement? Param(Type type, string name) => Members.GetValueOrDefault($"T:{type.FullName}")?
        .Elements("param").FirstOrDefault(param => param.Attribute("name")!.Value == name);

    private static string Text(XElement? element)
    {
        var text = string.Concat((element?.Nodes() ?? []).Select(node => node switch
        {
            XText plain => plain.Value,
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            _ => "",
        }));
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
