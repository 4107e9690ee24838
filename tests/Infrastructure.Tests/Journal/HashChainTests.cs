using System.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>What the chain finds in a line, whatever is left of the line.</summary>
public sealed class HashChainTests
{
    private static readonly string Before = new('a', 64);

    private static readonly Envelope Opened = new(
        2,
        new Instant(new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(9), "b"),
        "n1",
        new GateOpened("synced"),
        null,
        null,
        null);

    /// <summary>The line without its line feed.</summary>
    private static readonly byte[] Line = HashChain.Seal(EventCodec.WriteOpened(Opened), Before).Line[..^1];

    [Fact]
    public void A_line_is_rebuilt_from_its_fields_unless_it_was_kept()
    {
        var hash = HashChain.Verify(Line)!;

        Assert.Equal(Line, HashChain.Line(new ChainedEvent(Opened, Before, hash)));
        Assert.Equal("{}"u8.ToArray(), HashChain.Line(new(Opened, Before, hash) { Line = "{}"u8.ToArray() }));
    }

    [Fact]
    public void What_is_left_of_a_line_names_the_hash_before_it_only_if_all_of_that_hash_is_there()
    {
        var text = Encoding.UTF8.GetString(Line);
        var mark = text.IndexOf(",\"prev\":\"", StringComparison.Ordinal);
        var end = mark + ",\"prev\":\"".Length + Before.Length;
        for (var cut = 0; cut <= Line.Length; cut++)
        {
            Assert.Equal(cut >= end ? Before : null, HashChain.Prev(Line.AsSpan(..cut)));
            Assert.Equal(cut <= mark ? Before : null, HashChain.Prev(Line.AsSpan(cut..)));
            Assert.Equal(cut >= end, HashChain.Follows(Line.AsSpan(..cut), Encoding.ASCII.GetBytes(Before)));
            Assert.Equal(cut == Line.Length, HashChain.Verify(Line.AsSpan(..cut)) is not null);
            Assert.Equal(cut == Line.Length, !HashChain.Named(Line.AsSpan(..cut)).IsEmpty);
        }
    }
}
