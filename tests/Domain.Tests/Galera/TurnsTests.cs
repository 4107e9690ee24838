using GaleraGate.Domain.Galera;

namespace GaleraGate.Domain.Tests.Galera;

/// <summary>Which of several donors opens as the last resort, and which gives way.</summary>
public sealed class TurnsTests
{
    private static readonly OtherGateMet First = new(GateMet.Closed, GoesFirst: true);
    private static readonly OtherGateMet Later = new(GateMet.Closed, GoesFirst: false);

    [Fact]
    public void The_first_node_in_turn_opens_at_once_and_each_other_one_step_later()
    {
        Assert.Equal(Elsewhere.Closed, Look(0, [Later, Later]).Word);
        Assert.Equal(Elsewhere.Waits, Look(0, [First, Later]).Word);
        Assert.Equal(Elsewhere.Waits, Look(0, [First, First]).Look(5.9, [First, First]).Word);
        Assert.Equal(Elsewhere.Closed, Look(0, [First, First]).Look(6, [First, First]).Word);
        Assert.Equal(Elsewhere.Closed, Look(0, [First, Later]).Look(3, [First, Later]).Word);
    }

    [Fact]
    public void An_open_gate_elsewhere_restarts_the_wait() =>
        Assert.Equal(
            Elsewhere.Waits,
            Look(0, [First]).Look(2, [First with { Met = GateMet.Open }]).Look(3, [First]).Look(5.9, [First]).Word);

    [Fact]
    public void A_gate_that_is_open_already_needs_no_turn() =>
        Assert.Equal(Elsewhere.Closed, Look(0, [First, First], isOpen: true).Word);

    [Fact]
    public void Any_open_gate_elsewhere_counts_whatever_the_others_are()
    {
        OtherGateMet[] gates = [First with { Met = GateMet.Unknown }, Later with { Met = GateMet.Open }];

        Assert.Equal(Elsewhere.Open, Look(0, gates).Word);
        Assert.Equal(Elsewhere.Open, Look(0, gates, isOpen: true).Word);
    }

    [Fact]
    public void A_silent_gate_is_not_closed_and_neither_are_unknown_nodes()
    {
        Assert.Equal(Elsewhere.Unknown, Look(0, [Later, First with { Met = GateMet.Unknown }]).Word);
        Assert.Equal(Elsewhere.Unknown, Look(0, null).Word);
        Assert.Equal(Elsewhere.Unknown, Look(0, [Later]).Look(1, null).Word);
    }

    [Fact]
    public void The_last_open_gate_survives_a_lost_packet_but_not_a_longer_silence()
    {
        OtherGateMet[] silent = [Later with { Met = GateMet.Unknown }];
        var open = Look(0, [Later], isOpen: true);

        Assert.Equal(Elsewhere.Closed, open.Look(2.9, silent, isOpen: true, isWaived: true).Word);
        Assert.Equal(
            Elsewhere.Closed,
            open.Look(1, silent, isOpen: true, isWaived: true).Look(2.9, silent, isOpen: true, isWaived: true).Word);
        Assert.Equal(Elsewhere.Unknown, open.Look(1, silent, isOpen: true).Word);
        Assert.Equal(
            Elsewhere.Unknown,
            open.Look(2.9, silent, isOpen: true, isWaived: true).Look(3, silent, isOpen: true, isWaived: true).Word);
    }

    [Fact]
    public void Of_two_that_opened_at_once_the_later_closes_and_the_first_waits_for_it()
    {
        OtherGateMet[] first = [First with { Met = GateMet.Open }];
        OtherGateMet[] later = [Later with { Met = GateMet.Open }];

        Assert.Equal(Elsewhere.Open, Look(0, first, isOpen: true, isWaived: true).Word);
        var firsts = Look(0, later, isOpen: true, isWaived: true);
        Assert.Equal(Elsewhere.Closed, firsts.Word);
        Assert.Equal(Elsewhere.Closed, firsts.Look(5.9, later, isOpen: true, isWaived: true).Word);
        Assert.Equal(Elsewhere.Open, firsts.Look(6, later, isOpen: true, isWaived: true).Word);
    }

    private static Turns Look(
        double second, IReadOnlyList<OtherGateMet>? gates, bool isOpen = false, bool isWaived = false) =>
        new Turns().Look(second, gates, isOpen, isWaived);
}

internal static class Looks
{
    public static Turns Look(
        this Turns turns,
        double second,
        IReadOnlyList<OtherGateMet>? gates,
        bool isOpen = false,
        bool isWaived = false) => turns.After(gates, Given.Second(second), isOpen, isWaived);
}
