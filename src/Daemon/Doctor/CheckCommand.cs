using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Json;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Probes once, or judges a captured observation: exit 0 fit, 1 unfit, 2 wrong usage.</summary>
internal static class CheckCommand
{
    public const string Nagios = "--nagios";

    private const int NagiosUnknown = 3;

    public static Command Create()
    {
        var input = new Option<string>("--input")
        {
            Description = "judge this captured observation instead of the server; - for standard input",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "print the verdict as JSON" };
        var nagios = new Option<bool>(Nagios)
        {
            Description = "one line as a Nagios plugin, with performance data: exit 0 OK, 2 CRITICAL, 3 UNKNOWN",
        };
        var command = new Command(
            "check", "Probe the server once and show verdict and reasons: exit 0 fit, 1 unfit, 2 bad usage");
        var settings = Settings.For(command, OptionTable.Server, OptionTable.Policy);
        command.Options.Add(input);
        command.Options.Add(json);
        command.Options.Add(nagios);
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(nagios)
            ? NagiosAsync(() => ObserveAsync(parsed, cancellationToken))
            : PlainAsync(parsed, cancellationToken));
        return command;

        async Task<(Observation Observation, Verdict Verdict)> ObserveAsync(
            ParseResult parsed, CancellationToken cancellationToken)
        {
            var given = settings.With(parsed);
            var policy = given.Policy();
            var observation = parsed.GetValue(input) is { } file
                ? CapturedObservation.Parse(await ReadAsync(file, cancellationToken))
                : await ProbeAsync(given, cancellationToken);
            return (observation, Fitness.Judge(observation, policy.Fitness));
        }

        async Task<int> PlainAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            var (observation, verdict) = await ObserveAsync(parsed, cancellationToken);
            Console.WriteLine(
                parsed.GetValue(json)
                    ? JsonSerializer.Serialize(verdict, CheckJson.Default.Verdict)
                    : Words(verdict, observation));
            return verdict.IsFit ? 0 : 1;
        }
    }

    /// <summary>
    /// If the check itself is wrong, so that the node's fitness is unknown, the answer is UNKNOWN and not CRITICAL.
    /// </summary>
    private static async Task<int> NagiosAsync(Func<Task<(Observation Observation, Verdict Verdict)>> observe)
    {
        const int Ok = 0;
        const int Critical = 2;
        var started = Stopwatch.GetTimestamp();
        var (observation, verdict) = await observe();
        var (name, code) = verdict.IsFit ? ("OK", Ok)
            : verdict.Reasons is Reasons.AccessDenied or Reasons.Unrecognized ? ("UNKNOWN", NagiosUnknown)
            : ("CRITICAL", Critical);
        Console.WriteLine(
            $"GALERA {name} - {EventText.Verdict(verdict)}, node {verdict.NodeState}{Size(observation)} | "
            + $"{PerformanceData(observation, Stopwatch.GetElapsedTime(started))}");
        return code;
    }

    /// <summary>
    /// What a Nagios plugin prints for wrong usage: any other exit code would be read as the node's state.
    /// </summary>
    public static int RefuseNagios(string why)
    {
        Console.WriteLine($"GALERA UNKNOWN - {why.ReplaceLineEndings(" ").Replace('|', '/')}");
        return NagiosUnknown;
    }

    private static string Size(Observation observation) =>
        observation.ClusterSize.Value is { } size ? $", cluster size {size}" : "";

    private static string PerformanceData(Observation observation, TimeSpan took)
    {
        (string Label, double? Value, string Unit)[] all =
        [
            ("probe", took.TotalSeconds, "s"),
            ("cluster_size", observation.ClusterSize.Value, ""),
            ("receive_queue", observation.ReceiveQueue.Value, ""),
            ("flow_control_paused", observation.FlowControlPaused.Value, ""),
            ("uptime", observation.Uptime.Value, "s"),
        ];
        return string.Join(' ', all.Where(one => one.Value is not null)
            .Select(one =>
                string.Create(CultureInfo.InvariantCulture, $"{one.Label}={one.Value:0.######}{one.Unit};;;0")));
    }

    private static async Task<Observation> ProbeAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var probe = new GaleraProbe(
            ServerAddress.Of(settings), settings.Time("probe-timeout"), () => settings.Policy().Fitness.Mode);
        return await probe.ObserveAsync(cancellationToken);
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return file == "-"
                ? await Console.In.ReadToEndAsync(cancellationToken)
                : await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--input: {file} cannot be read: {e.Message}", e);
        }
    }

    private static string Words(Verdict verdict, Observation observation)
    {
        var lines = Reason.Of(verdict.Reasons).Select(reason => $"  {reason.Name}: {reason.Sentence}");
        var detail = observation.ErrorDetail is { } text ? [$"  the server says: {text}"] : Array.Empty<string>();
        var fix = ServerErrors.Fix(observation.ErrorDetail) is { } known ? [$"  fix: {known}"] : Array.Empty<string>();
        return string.Join(
            '\n',
            [
                $"{(verdict.IsFit ? "fit" : "unfit")}: {verdict.Headline} (node {verdict.NodeState})",
                .. lines,
                .. detail,
                .. fix,
            ]
        );
    }
}

/// <summary>The output of <c>check --json</c>: the verdict, in the same form as in events.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(VerdictConverter)])]
[JsonSerializable(typeof(Verdict))]
internal sealed partial class CheckJson : JsonSerializerContext;
