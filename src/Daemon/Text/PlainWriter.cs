using System.Buffers;
using System.Text;

namespace GaleraGate.Daemon.Text;

/// <summary>
/// Makes text for people safe. Text from a server, a peer, a journal or an archive may contain anything, so a control
/// character that a terminal would obey is written as a dot. Line ends and tabs stay.
/// </summary>
internal sealed class PlainWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    private static readonly SearchValues<char> Obeyed = SearchValues.Create(
        [.. Enumerable.Range(0, 256).Select(code => (char)code).Where(IsObeyed)]);

    public override Encoding Encoding => inner.Encoding;

    /// <summary>The text with every control character replaced by a dot.</summary>
    public static string Plain(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '·' : c)) : text;

    public override void Write(char value) => inner.Write(Obeyed.Contains(value) ? '·' : value);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (!buffer.ContainsAny(Obeyed))
        {
            inner.Write(buffer);
            return;
        }

        var plain = buffer.ToArray();
        for (var i = 0; i < plain.Length; i++)
        {
            var endsLine = plain[i] == '\r' && i + 1 < plain.Length && plain[i + 1] == '\n';
            plain[i] = Obeyed.Contains(plain[i]) && !endsLine ? '·' : plain[i];
        }

        inner.Write(plain);
    }

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Flush() => inner.Flush();

    private static bool IsObeyed(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
