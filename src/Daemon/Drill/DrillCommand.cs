using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GaleraGate.Daemon.Audit;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain;
using GaleraGate.Domain.Audit;
using GaleraGate.Domain.Events;

namespace GaleraGate.Daemon.Drill;

/// <summary>
/// The client side of a failover drill: connects to the service repeatedly, reports every outage, and at the end prints
/// what the audit has about it.
/// </summary>
internal static class DrillCommand
{
    /// <summary>
    /// The margin around an outage for the audit's events: shortly before the client noticed, and shortly after it was
    /// served again.
    /// </summary>
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan After = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var target = new Option<string>("--target")
        {
            Description = "the service as its clients reach it: the balancers' address",
            HelpName = "HOST:PORT",
            Required = true,
        };
        var every = new Option<string>("--every")
        {
            Description = "from one connection to the next [default: 100ms]",
            HelpName = "TIME",
            DefaultValueFactory = _ => "100ms",
        };
        var timeout = new Option<string>("--timeout")
        {
            Description = "a connection that is not served by then has failed [default: 2s]",
            HelpName = "TIME",
            DefaultValueFactory = _ => "2s",
        };
        var query = new Option<string?>("--query")
        {
            Description =
                "log in as the credentials file says and run this; what it gives is counted. Without it a server's "
                + "greeting is enough",
            HelpName = "SQL",
        };
        var during = new Option<string?>("--for")
        {
            Description = "end after this time; without it on Ctrl-C",
            HelpName = "TIME",
        };
        var json = new Option<bool>("--json")
        {
            Description = "one JSON object a line: each outage, and a summary last",
        };
        var credentials = new Option<string>("--defaults-extra-file")
        {
            Description = "my.cnf whose [client] group holds the credentials, with --query",
            HelpName = "FILE",
        };
        var command = new Command(
            "drill", "Connect to a service all the time and report its outages: exit 0 no outage, 1 an outage")
        {
            target,
            every,
            timeout,
            query,
            during,
            json,
            credentials,
        };
        var settings = Settings.For(command, AuditReading.Sources);
        command.SetAction(async (parsed, _) =>
        {
            var given = settings.With(parsed);
            var client = DrillClient.For(
                parsed.GetValue(target)!,
                parsed.GetValue(query),
                parsed.GetValue(credentials),
                TimeOf(timeout),
                secret => SecretFile.MustBePrivate(secret, given));
            var sources = SourcesOf(given);
            using var ending = parsed.GetValue(during) is null
                ? new CancellationTokenSource()
                : new CancellationTokenSource(TimeOf(during!));
            using var interrupt = EndOn(PosixSignal.SIGINT, ending);
            using var term = EndOn(PosixSignal.SIGTERM, ending);
            var tally = await client.RunAsync(TimeOf(every), parsed.GetValue(json) ? _ => { } : Say, ending.Token);
            var form = parsed.GetValue(json)
                ? (Action<DrillTally, Func<Outage, IReadOnlyList<Envelope>>>)WriteJson
                : Write;
            form(tally, outage => Account(sources, outage));
            return tally.Outages.Count == 0 && tally.Answered > 0 ? 0 : 1;

            TimeSpan TimeOf(Option<string> option) =>
                Duration.Parse(parsed.GetValue(option)!) is { } time
                && time > TimeSpan.Zero
                && time <= TimeSpan.FromHours(24)
                ? time
                : throw new FormatException(
                    $"{option.Name} takes a duration with its unit, such as 500ms, up to 24h, not "
                    + $"'{parsed.GetValue(option)}'");
        });
        return command;
    }

    /// <summary>Only the sources given: a client's host has no journal of its own.</summary>
    private static IReadOnlyList<AuditSource> SourcesOf(Settings settings)
    {
        if (settings.Strength(OptionTable.Archive.Name) == Settings.OfTheCommandLine)
        {
            return AuditSource.OfArchive(ArchiveAddress.Of(settings), settings.Text(OptionTable.Cluster.Name), []);
        }

        var problems = new AuditProblems();
        return settings.Strength(OptionTable.Journal.Name) == Settings.OfTheCommandLine
            ? [.. settings.List(OptionTable.Journal.Name).Select(name => AuditSource.OfJournal(name, problems.Report))]
            : [];
    }

    private static IReadOnlyList<Envelope> Account(IReadOnlyList<AuditSource> sources, Outage outage)
    {
        var filter = new Infrastructure.Journal.JournalFilter
        {
            Since = outage.From - Before,
            Until = outage.To + After,
        };
        return [
            .. GaleraOrder
                .Merge(
                    sources.Select(source => source.Read(filter).Select(entry => entry.Envelope)), envelope => envelope)
            .Where(envelope =>
                envelope.Event
                    is GateOpened
                        or GateClosed
                        or GateAdopted
                        or HoldPlaced
                        or HoldLifted
                        or NodeStateChanged
                        or DaemonStarted
                        or DaemonStopped),
    ];
    }

    private static void Say(Outage outage) => Terminal.Output.Write(outage.IsOver
        ? Line.Of(Time(outage.To))
            .Add(" served again", Tone.Good)
            .Add($" after {Seconds(outage)}, {outage.Failed} attempts failed")
        : Line.Of(Time(outage.From)).Add(" FAILED", Tone.Bad).Add($": {outage.Error}"));

    private static void Write(DrillTally tally, Func<Outage, IReadOnlyList<Envelope>> account)
    {
        var answers = string.Join(
            ", ",
            tally.Answers.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => $"{one.Key} {one.Value}"));
        Terminal.Output.Write(
            Line.Of(
                $"{tally.Answered + tally.Failed} attempts, {tally.Failed} "
                + $"failed{(answers.Length > 0 ? $"; answered by {answers}" : "")}"));
        foreach (var outage in tally.Outages)
        {
            Terminal.Output.Write(
                Line.Of($"outage of {Seconds(outage)}", Tone.Bad)
                    .Add(
                        $", {Time(outage.From)} to {Time(outage.To)}{(outage.IsOver ? "" : ", and not over")}: "
                        + $"{outage.Error}"));
            foreach (var envelope in account(outage))
            {
                Terminal.Output.WriteWrapped(Line.Of($"  {Time(envelope.At.Utc)} {envelope.Node} ", Tone.Quiet)
                    .Add($"{EventText.SubjectOf(envelope.Event)} {EventText.Brief(envelope.Event)}")
                    .Add(EventText.Doubt(envelope), Tone.Bad), 4);
            }
        }

        if (tally.Outages.Count == 0)
        {
            Terminal.Output.Write(Line.Of("no outage", Tone.Good));
        }
    }

    private static void WriteJson(DrillTally tally, Func<Outage, IReadOnlyList<Envelope>> account)
    {
        foreach (var outage in tally.Outages)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                OutageDocument.Of(outage, account(outage)), DrillJson.Default.OutageDocument));
        }

        Console.WriteLine(JsonSerializer.Serialize(TallyDocument.Of(tally), DrillJson.Default.TallyDocument));
    }

    private static string Time(DateTimeOffset at) =>
        at.LocalDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static string Seconds(Outage outage) =>
        string.Create(CultureInfo.InvariantCulture, $"{outage.Lasted.TotalSeconds:0.00} s");

    private static PosixSignalRegistration EndOn(PosixSignal signal, CancellationTokenSource ending) =>
        PosixSignalRegistration.Create(
            signal,
            context =>
    {
        context.Cancel = true;
        ending.Cancel();
    });
}
