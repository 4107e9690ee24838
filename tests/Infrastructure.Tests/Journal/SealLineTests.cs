using System.Text;
using GaleraGate.Domain;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Infrastructure.Tests.Journal;

public sealed class SealLineTests
{
    private static readonly SealLine Seal = new(
        3,
        7,
        9,
        "2026-11-21T03:00:00.000000Z",
        "2026-11-21T03:00:02.000000Z",
        HashChain.Genesis,
        new RunningTime(TimeSpan.FromSeconds(90.5), "b", TimeSpan.FromSeconds(30.25)));

    [Fact]
    public void A_seal_reads_back_as_it_was_written()
    {
        var (line, hash) = Seal.Write();

        Assert.Equal(Seal, SealLine.Read(line.AsMemory(..^1)));
        Assert.Equal(hash, HashChain.Verify(line.AsSpan(..^1)));
    }

    [Fact]
    public void A_seal_without_a_boot_has_no_running_time()
    {
        var without = Seal with { Ran = new RunningTime(TimeSpan.Zero, null, TimeSpan.Zero) };

        Assert.Equal(Seal with { Ran = null }, SealLine.Read(without.Write().Line.AsMemory(..^1)));
        Assert.Equal(Seal with { Ran = null }, SealLine.Read((Seal with { Ran = null }).Write().Line.AsMemory(..^1)));
    }

    [Fact]
    public void A_seal_that_was_edited_is_not_read()
    {
        var edited = Encoding.UTF8.GetString(Seal.Write().Line.AsSpan(..^1)).Replace("\"last\":9", "\"last\":8");

        Assert.True(SealLine.Is(Encoding.UTF8.GetBytes(edited)));
        Assert.Null(SealLine.Read(Encoding.UTF8.GetBytes(edited)));
    }
}
