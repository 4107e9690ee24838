using System.Text.Json;
using GaleraGate.Domain.Galera;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Domain.Tests.Acceptance;

/// <summary>Folders of servers' answers to SHOW: a file for each server, a line of JSON for each state.</summary>
internal static class AnswerFiles
{
    public static TheoryData<string> Servers(string folder) =>
        [.. Directory.GetFiles(PathOf(folder), "*.jsonl").Select(file => Path.GetFileNameWithoutExtension(file))];

    public static IEnumerable<JsonElement> Read(string folder, string server) =>
        File.ReadLines(Path.Combine(PathOf(folder), server + ".jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>The verdict on the variables, or the error, of a captured observation.</summary>
    public static Verdict Judge(JsonElement observation) =>
        Fitness.Judge(CapturedObservation.Parse(observation.GetRawText()), Policy.Default.Fitness);

    public static string Words(Verdict verdict) => $"{(verdict.IsFit ? "fit" : "unfit")}, {verdict.Headline}";

    private static string PathOf(string folder) => Path.Combine(AppContext.BaseDirectory, "Acceptance", folder);
}
