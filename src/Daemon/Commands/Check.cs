using System.CommandLine;
using System.Text.Json;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Galera;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Journal;

namespace GaleraGate.Daemon.Commands;

/// <summary>Probes once, or judges a captured observation: exit 0 fit, 1 unfit, 2 what was asked makes no sense.</summary>
internal static class Check
{
    public static Command Command()
    {
        var input = new Option<string>("--input") { Description = "judge this captured observation instead of the server; - for standard input", HelpName = "FILE" };
        var json = new Option<bool>("--json") { Description = "print the verdict as JSON" };
        var command = new Command("check", "Probe the server once and say verdict and reasons: exit 0 fit, 1 unfit, 2 bad usage");
        var settings = Settings.For(command, OptionTable.Server, OptionTable.Policy);
        command.Options.Add(input);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = settings.With(parsed);
            var policy = given.Policy();
            var observation = parsed.GetValue(input) is { } file
                ? CapturedObservation.Parse(await ReadAsync(file, cancellationToken))
                : await ProbeAsync(given, cancellationToken);
            var verdict = Fitness.Judge(observation, policy.Fitness);
            Console.WriteLine(parsed.GetValue(json) ? Json(verdict) : Words(verdict, observation));
            return verdict.IsFit ? 0 : 1;
        });
        return command;
    }

    private static async Task<Observation> ProbeAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var probe = new GaleraProbe(ServerAddress.Of(settings), settings.Time("probe-timeout"));
        return await probe.ObserveAsync(cancellationToken);
    }

    private static async Task<string> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return file == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"--input: {file} cannot be read: {e.Message}", e);
        }
    }

    private static string Json(Verdict verdict)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            new VerdictConverter().Write(writer, verdict, JsonSerializerOptions.Default);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Words(Verdict verdict, Observation observation)
    {
        var lines = Reason.Of(verdict.Reasons).Select(reason => $"  {reason.Name}: {reason.Sentence}");
        var detail = observation.ErrorDetail is { } text ? [$"  the server says: {text}"] : Array.Empty<string>();
        return string.Join('\n', [$"{(verdict.IsFit ? "fit" : "unfit")}: {verdict.Headline} (node {verdict.NodeState})", .. lines, .. detail]);
    }
}
