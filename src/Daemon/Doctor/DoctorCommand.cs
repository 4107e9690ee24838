using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Galera;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks everything that must be right on this host and prints the fix for what is not.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "one JSON array: subject, severity, says, mend" };
        var command = new Command(
            "doctor", "Check everything that must be right on this host: exit 0 nothing is wrong, 1 something is");
        var settings = Settings.For(command, OptionTable.Gate, OptionTable.Server, OptionTable.Policy);
        var http = PeerHttp.Port("which are asked for their state transfer method, and to knock (--from)");
        var from = new Option<string[]>("--from")
        {
            Description = "have the daemon of this node knock at the gate here, through its HTTP port; several times",
            HelpName = "PEER",
        };
        command.Options.Add(json);
        command.Options.Add(http);
        command.Options.Add(from);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wrong = new List<Finding>();
            var peers = parsed.GetValue(from) ?? [];
            if (Array.Find(peers, peer => peer.Length == 0 || OtherGates.HostOf(peer) != peer) is { } bad)
            {
                throw new FormatException($"--from takes a host's name or address, not '{bad}'");
            }

            var given = settings.With(
                parsed,
                // An error on the command line is bad usage; an error in a file or in the environment is a finding.
                line => wrong.Add(
                    line.StartsWith("--", StringComparison.Ordinal)
                        ? throw new FormatException(line)
                        : Finding.Error("configuration", line, "correct it; galeragate run refuses it")));
            IReadOnlyList<Finding> findings =
            [
                .. wrong,
                .. await new ServerChecks(given, parsed.GetValue(http)).ExamineAsync(cancellationToken),
                .. await new FirewallChecks(given).ExamineAsync(cancellationToken),
                .. await new FromCheck(given, parsed.GetValue(http)).ExamineAsync(peers, cancellationToken),
                .. await new HostChecks(given).ExamineAsync(cancellationToken),
            ];
            if (parsed.GetValue(json))
            {
                Console.WriteLine(Json(findings));
            }
            else
            {
                foreach (var finding in findings)
                {
                    Terminal.Output.WriteWrapped(Words(finding), Indent);
                    if (finding.Mend is { } mend)
                    {
                        Terminal.Output.WriteWrapped(
                            Line.Of(new string(' ', Indent)).Add($"fix: {mend}", Tone.Strong), Indent);
                    }
                }
            }

            return findings.Any(finding => finding.Severity == Severity.Error) ? 1 : 0;
        });
        return command;
    }

    private const int Indent = 22;

    private static Line Words(Finding finding)
    {
        var (word, tone) = finding.Severity switch
        {
            Severity.Ok => ("OK", Tone.Good),
            Severity.Warning => ("warning", Tone.Caution),
            Severity.Error => ("ERROR", Tone.Bad),
        };
        return Line.Of(word.PadRight(8), tone).Add($"{finding.Subject,-13} ").Add(Terminal.Plain(finding.Says));
    }

    private static string Json(IEnumerable<Finding> findings)
    {
        using var buffer = new MemoryStream();
        var plain = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, plain))
        {
            json.WriteStartArray();
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("subject", finding.Subject);
                json.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
                json.WriteString("says", finding.Says);
                if (finding.Mend is { } mend)
                {
                    json.WriteString("mend", mend);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
