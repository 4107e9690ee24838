using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Text;

/// <summary>People's notes, each printed beside the event it is about.</summary>
internal sealed class Notes(IEnumerable<Envelope> annotated)
{
    private readonly ILookup<(string Node, long About), Annotated> _notes = annotated.ToLookup(
        envelope => (envelope.Node, ((Annotated)envelope.Event).About),
        envelope => (Annotated)envelope.Event is var note && envelope.Doubt is null
            ? note
            : note with { Text = note.Text + EventText.Doubt(envelope) });

    public IEnumerable<Annotated> About(string node, long seq) => _notes[(node, seq)];

    /// <summary>Writes the notes about one event, a line each.</summary>
    public void Write(Terminal output, string node, long seq)
    {
        foreach (var note in About(node, seq))
        {
            output.WriteWrapped(
                Line.Of("    note by ", Tone.Quiet).Add($"{note.By}: ", Tone.Caution).Add(Terminal.Plain(note.Text)),
                indent: 6);
        }
    }
}
