using System.CommandLine;
using GaleraGate.Daemon.Options;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Commands;

/// <summary>Checks the whole journal.</summary>
internal static class AuditVerify
{
    public static Command Command()
    {
        var command = new Command("verify", "Check that no line of the journal was changed, left out or moved: exit 0 none was, 1 the first that was; prints the head");
        var settings = Settings.For(command, [OptionTable.Journal]);
        command.SetAction(parsed =>
        {
            var directory = settings.With(parsed).Text("journal");
            if (!Directory.Exists(directory))
            {
                throw new FormatException($"there is no journal in {directory}: give --journal DIR");
            }

            var total = Segment.Of(directory).Sum(segment => new FileInfo(segment).Length);
            var proof = JournalVerifier.Verify(directory, Console.IsErrorRedirected ? null : read => Console.Error.Write($"\r\e[K{read >> 20} of {total >> 20} MiB"));
            if (!Console.IsErrorRedirected)
            {
                Console.Error.Write("\r\e[K");
            }

            Console.WriteLine($"{proof.Events} events, {proof.Bytes} bytes, head #{proof.HeadSeq} {proof.Head}");
            if (proof.Problem is { } problem)
            {
                Console.Error.WriteLine($"galeragate: {problem}");
                return 1;
            }

            return 0;
        });
        return command;
    }
}
