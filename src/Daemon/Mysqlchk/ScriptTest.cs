using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>-t: checks once and prints what would be done; changes no rule.</summary>
internal static class ScriptTest
{
    public static async Task<int> RunAsync(ScriptArguments arguments)
    {
        var settings = ScriptSettings.Reading(arguments)();
        await using var probe = new GaleraProbe(
            ScriptSettings.Server(arguments, settings),
            settings.Time("probe-timeout"),
            () => settings.Policy().Fitness.Mode);
        var observation = await probe.ObserveAsync(CancellationToken.None);
        if (observation.Error != ProbeError.None)
        {
            Console.WriteLine("Unable to detect wsrep_local_state and wsrep_sst_method. Something wasn't right.");
            Console.WriteLine("Please check user/password. Ensure those are correct. Aborting.");
            Console.WriteLine($"{observation.Error.Name()}: {observation.ErrorDetail}");
            return 1;
        }

        var verdict = Fitness.Judge(observation, settings.Policy().Fitness);
        var isHeld = GatePath.HoldFiles(settings).Any(path => HoldLook.At(path).Why is not null);
        verdict = isHeld ? verdict.With(Reasons.Held) : verdict;
        Console.WriteLine("Detected variables/status:");
        Console.WriteLine($"wsrep_local_state: {Terminal.Plain(observation.LocalState.Text)}");
        Console.WriteLine($"wsrep_sst_method: {Terminal.Plain(observation.SstMethod)}");
        Console.WriteLine($"read_only: {Terminal.Plain(observation.ReadOnly.Text)}");
        Console.WriteLine();
        Console.Write(
            ScriptLog.Line(
                "(TEST) "
                + (
                        verdict.IsFit
                            ? ScriptLog.Added(arguments.MirrorPort, arguments.RealPort)
                            : ScriptLog.Deleted(arguments.MirrorPort))));
        Console.Write(ScriptLog.Line(ScriptLog.NodeLine(verdict)));
        foreach (var reason in Reason.Of(verdict.Reasons))
        {
            Console.Write(ScriptLog.Line($"{reason.Name}: {reason.Sentence}"));
        }

        return 0;
    }
}
