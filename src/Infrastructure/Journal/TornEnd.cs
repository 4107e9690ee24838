using GaleraGate.Domain.Events;

namespace GaleraGate.Infrastructure.Journal;

/// <summary>The incomplete end that a crash left after the last whole line of a journal.</summary>
internal static class TornEnd
{
    /// <summary>Cuts everything after the last whole line. Earlier damage is left as it is: it is evidence.</summary>
    public static JournalRepaired? Cut(FileStream stream, long end)
    {
        if (stream.Length == end)
        {
            return null;
        }

        var cut = stream.Length - end;
        _ = stream.Seek(end, SeekOrigin.Begin);
        var hash = HashChain.Hex(stream);
        stream.SetLength(end);
        return new JournalRepaired(Path.GetFileName(stream.Name), cut, hash);
    }
}
