using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Audit;

/// <summary>People's notes, each shown beside what it is about.</summary>
internal sealed class AuditNotes(IEnumerable<Envelope> annotated)
{
    private readonly ILookup<(string Node, long About), Annotated> _notes = annotated.ToLookup(
        envelope => (envelope.Node, ((Annotated)envelope.Event).About),
        envelope => (Annotated)envelope.Event is var note && envelope.Doubt is null
            ? note
            : note with { Text = note.Text + EventText.Doubt(envelope) });

    public IEnumerable<Annotated> About(string node, long seq) => _notes[(node, seq)];

    /// <summary>The notes about one event; as JSON they are events of their own.</summary>
    public void Write(string node, long seq, AuditReading.Form form)
    {
        foreach (var note in form.Json ? [] : About(node, seq))
        {
            Terminal.Output.WriteWrapped(Line.Of("    note by ", Tone.Quiet).Add($"{note.By}: ", Tone.Caution).Add(Terminal.Plain(note.Text)), indent: 6);
        }
    }
}
