using Stateless;
using static GaleraGate.Domain.Gate.GatePhase;
using static GaleraGate.Domain.Gate.GateTrigger;

namespace GaleraGate.Domain.Gate;

/// <summary>The gate's state machine. Every phase handles every trigger; there are no guards and no actions.</summary>
public static class GateTransitions
{
    public static TransitionTable<GatePhase, GateTrigger> Table { get; } = new(Configure);

    private static void Configure(StateMachine<GatePhase, GateTrigger> machine)
    {
        machine.Configure(Closed)
            .Permit(Fit, Opening).Permit(FitLongEnough, Open)
            .Ignore(Unfit).Ignore(UnfitLongEnough).Ignore(UnfitAtOnce)
            .Permit(Adopt, Open).Ignore(Lapse).Permit(Hold, Held).Ignore(Release).Ignore(Stop);
        machine.Configure(Opening)
            .Ignore(Fit).Permit(FitLongEnough, Open)
            .Permit(Unfit, Closed).Permit(UnfitLongEnough, Closed).Permit(UnfitAtOnce, Closed)
            .Permit(Adopt, Open).Ignore(Lapse).Permit(Hold, Held).Ignore(Release).Permit(Stop, Closed);
        machine.Configure(Open)
            .Ignore(Fit).Ignore(FitLongEnough)
            .Permit(Unfit, Closing).Permit(UnfitLongEnough, Closed).Permit(UnfitAtOnce, Closed)
            .Ignore(Adopt).Permit(Lapse, Closed).Permit(Hold, Held).Ignore(Release).Permit(Stop, Closed);
        machine.Configure(Closing)
            .Permit(Fit, Open).Permit(FitLongEnough, Open)
            .Ignore(Unfit).Permit(UnfitLongEnough, Closed).Permit(UnfitAtOnce, Closed)
            .Ignore(Adopt).Permit(Lapse, Closed).Permit(Hold, Held).Ignore(Release).Permit(Stop, Closed);
        machine.Configure(Held)
            .Ignore(Fit).Ignore(FitLongEnough)
            .Ignore(Unfit).Ignore(UnfitLongEnough).Ignore(UnfitAtOnce)
            .Ignore(Adopt).Ignore(Lapse).Ignore(Hold).Permit(Release, Closed).Ignore(Stop);
    }
}
