using System.Globalization;
using System.Text;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>Lines of any length, from a stream that gives its bytes in any pieces and may fail.</summary>
public sealed class RawLinesTests
{
    /// <summary>The lengths of the lines; the last one has no line feed.</summary>
    private static readonly string[] Texts =
        ["0", "1", "1 0", "1 1", "0 0 2 0", "65535 65536 1 0", "1 99999 0 1", "1048576 1 0"];

    public static TheoryData<string, int> TextsInPieces()
    {
        var data = new TheoryData<string, int>();
        foreach (var lengths in Texts)
        {
            int[] pieces = lengths.StartsWith("1048576", StringComparison.Ordinal) ? [] : [1, 7];
            Array.ForEach([.. pieces, 1 << 14, 1 << 16, 1 << 22], piece => data.Add(lengths, piece));
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TextsInPieces))]
    public void A_text_in_pieces_of_any_size_gives_its_lines(string lengths, int piece)
    {
        var lines = lengths.Split(' ')
            .Select((length, at) => new string((char)('a' + at), int.Parse(length, CultureInfo.InvariantCulture)))
            .ToList();
        var start = 0;
        var expected = new List<(long, long, string, bool)>();
        foreach (var line in lines.SkipLast(1))
        {
            expected.Add((start, start + line.Length + 1, line, true));
            start += line.Length + 1;
        }

        if (lines[^1].Length > 0)
        {
            expected.Add((start, start + lines[^1].Length, lines[^1], false));
        }

        Assert.Equal(expected, Read(new Pieces(string.Join('\n', lines), piece)));
    }

    [Theory]
    [InlineData(1 << 14)]
    [InlineData(1 << 16)]
    public void Of_a_line_that_is_too_long_only_its_place_is_known(int piece)
    {
        const int Length = (3 << 20) + 5;

        Assert.Equal(
            [(0, Length + 1, "", true), (Length + 1, Length + 3, "b", true)],
            Read(new Pieces($"{Long(Length)}\nb\n", piece)));
        Assert.Equal(
            [(0, 2, "a", true), (2, Length + 2, "", false)], Read(new Pieces($"a\n{Long(Length)}", piece)));
    }

    [Fact]
    public void Lines_are_placed_from_the_given_start_and_end_with_the_expected_length() =>
        Assert.Equal(
            [(100L, 103L, "ab"), (103L, 105L, "c")],
            RawLines.Of(new Pieces("ab\nc\nd\n", 4), 100, 5)
                .Select(line => (line.Start, line.End, Encoding.ASCII.GetString(line.Bytes.Span))));

    [Theory]
    [InlineData("ab\nc", 10, null, "its end is missing", 104)]
    [InlineData("ab\n", 10, null, "its end is missing", 103)]
    [InlineData("ab\nc", long.MaxValue, null, null, 104)]
    [InlineData("ab\nc", long.MaxValue, "the disk failed", "the disk failed", 104)]
    [InlineData("ab\n", long.MaxValue, "the disk failed", "the disk failed", 103)]
    [InlineData("ab\nc", 10, "the disk failed", "the disk failed", 104)]
    [InlineData("ab\n", long.MaxValue, "", "its compressed file was modified after it was written", 103)]
    public void A_text_that_cannot_be_read_to_its_end_says_why(
        string text, long length, string? failure, string? damage, long end)
    {
        var lines = RawLines.Of(new Pieces(text, 1, failure), 100, length).ToList();

        Assert.Equal((100, 103, true, null), (lines[0].Start, lines[0].End, lines[0].HasLineFeed, lines[0].Damage));
        Assert.Equal((103, end, false, damage), (lines[1].Start, lines[1].End, lines[1].HasLineFeed, lines[1].Damage));
        Assert.Equal(damage is null ? 1 : 0, lines[1].Bytes.Length);
    }

    private static List<(long Start, long End, string Line, bool HasLineFeed)> Read(Stream stream) =>
    [
        .. RawLines.Of(stream, 0, long.MaxValue)
            .Select(line => (line.Start, line.End, Encoding.ASCII.GetString(line.Bytes.Span), line.HasLineFeed)),
    ];

    private static string Long(int length) => new('x', length);

    /// <summary>A text in pieces, then its end or a failure: of the file, or of what was compressed if empty.</summary>
    private sealed class Pieces(string text, int piece, string? failure = null)
        : MemoryStream(Encoding.ASCII.GetBytes(text))
    {
        public override int Read(Span<byte> buffer)
        {
            var read = base.Read(buffer[..Math.Min(piece, buffer.Length)]);
            return (read, failure) switch
            {
                (0, "") => throw new InvalidDataException("a block of the wrong kind"),
                (0, not null) => throw new IOException(failure),
                _ => read,
            };
        }
    }
}
