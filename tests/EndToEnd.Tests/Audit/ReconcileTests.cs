using System.Text.Json;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Audit;

/// <summary>Journal and archive no longer match and an operator reconciles them, against a real PostgreSQL.</summary>
public sealed class ReconcileTests : IDisposable
{
    private static readonly IReadOnlyDictionary<string, string> Writable =
        new Dictionary<string, string> { ["read_only"] = "OFF", ["wsrep_on"] = "ON" };

    private static readonly IReadOnlyDictionary<string, string> ReadOnly =
        new Dictionary<string, string> { ["read_only"] = "ON", ["wsrep_on"] = "ON" };

    private readonly PostgresServer _server = PostgresServer.Begin();

    public void Dispose() => _server.Dispose();

    [Fact]
    public void Events_lost_in_a_power_cut_are_set_aside_and_shipping_continues()
    {
        _ = Ask("archive", "init", "--archive", _server.Connection);
        using var dry = new DryDaemon("--archive", _server.Connection);
        dry.AwaitOpen();
        dry.Node.Variables = ReadOnly;
        dry.AwaitOpen(false);
        AwaitShipped(dry.Gate);
        dry.Gate.Kill();
        var segment = Directory.GetFiles(dry.Gate.Journal, "*.jsonl").Single();
        var lines = File.ReadAllLines(segment);
        Assert.Contains("there is nothing to reconcile", Reconcile(dry.Gate, 0), StringComparison.Ordinal);

        // Three events that the archive has are no longer on disk; the next daemon uses their numbers again.
        File.WriteAllLines(segment, lines[..^3]);
        dry.Node.Variables = Writable;
        dry.Restart("--archive", _server.Connection);
        dry.Gate.AwaitEvent(nameof(ArchiveRefused));
        var trouble = dry.Gate.Status().GetProperty("archive").GetProperty("trouble").GetString();
        Assert.Contains($"they are the same up to #{lines.Length - 3}", trouble, StringComparison.Ordinal);
        Assert.Contains("galeragate archive reconcile", trouble, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", Reconcile(dry.Gate, 1), StringComparison.Ordinal);
        Assert.Equal($"{lines.Length}", _server.Sql("SELECT version FROM galeragate.mt_streams").Trim());

        _ = _server.Sql("""
            CREATE ROLE shipper LOGIN;
            GRANT USAGE ON SCHEMA galeragate TO shipper;
            GRANT SELECT, INSERT, UPDATE ON galeragate.mt_streams TO shipper;
            GRANT SELECT, INSERT ON galeragate.mt_events TO shipper
            """);
        var shipper = _server.Connection.Replace("Username=postgres", "Username=shipper", StringComparison.Ordinal);
        var (refused, _, error) = Ask("archive", "reconcile", "--apply", "--journal", dry.Gate.Journal, "--archive",
            shipper);
        Assert.Equal((1, true), (refused,
            error.Contains("the rights that archive init needs", StringComparison.Ordinal)));

        var aside = $"aside/galera/n1/{lines.Length - 2}-{lines.Length}/";
        Assert.Contains($"they are in {aside}", Reconcile(dry.Gate, 0, "--apply"), StringComparison.Ordinal);
        AwaitShipped(dry.Gate);
        dry.Gate.Stop();
        MustAgree(dry.Gate);
        Assert.Contains(aside, Ask("archive", "status", "--archive", _server.Connection).Output,
            StringComparison.Ordinal);
        var there = _server.Sql($"SELECT version, type, headers ->> 'hash' FROM galeragate.mt_events WHERE "
            + $"stream_id LIKE '{aside}%' ORDER BY version");
        Assert.Equal(lines[^3..].Select(Row), there.Trim().Split('\n'));

        static string Row(string line)
        {
            using var json = JsonDocument.Parse(line);
            return string.Join('|', new[] { "seq", "type", "hash" }.Select(name => json.RootElement.GetProperty(name)
                .ToString()));
        }
    }

    [Fact]
    public void A_reinstalled_node_ships_again_once_its_old_stream_is_set_aside()
    {
        _ = Ask("archive", "init", "--archive", _server.Connection);
        using (var before = new DryDaemon("--archive", _server.Connection))
        {
            before.AwaitOpen();
            AwaitShipped(before.Gate);
        }

        using var dry = new DryDaemon("--archive", _server.Connection);
        dry.Gate.AwaitEvent(nameof(ArchiveRefused));
        var (exitCode, _, error) = Ask("archive", "reconcile", "--apply", "--journal", dry.Gate.Journal, "--archive",
            _server.Connection);
        Assert.Equal((1, true), (exitCode, error.Contains("have nothing in common", StringComparison.Ordinal)));
        _ = Reconcile(dry.Gate, 0, "--apply", "--whole");

        AwaitShipped(dry.Gate);
        dry.Gate.Stop();
        MustAgree(dry.Gate);
        Assert.Equal("1", _server.Sql(
            "SELECT min(version) FROM galeragate.mt_events WHERE stream_id LIKE 'aside/galera/n1/1-%'").Trim());
    }

    [Fact]
    public void A_null_character_in_a_servers_value_does_not_stop_shipping()
    {
        _ = Ask("archive", "init", "--archive", _server.Connection);
        using var dry = new DryDaemon("--archive", _server.Connection);
        dry.AwaitOpen();
        dry.Node.Variables = new Dictionary<string, string>(Writable) { ["wsrep_sst_method"] = "rsy\0nc" };
        Shell.Await(
            () => dry.Gate.Events(nameof(ObservationChanged))
                .Any(one => one.ToString().Contains("\\u0000", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(20),
            "the observation");
        dry.Node.Variables = ReadOnly;
        dry.AwaitOpen(false);

        AwaitShipped(dry.Gate);
        dry.Gate.Stop();
        MustAgree(dry.Gate);
        var events = Ask("audit", "events", "--json", "--type", nameof(ObservationChanged), "--archive",
            _server.Connection);
        Assert.Contains("rsy\\u0000nc", events.Output, StringComparison.Ordinal);
    }

    private static void AwaitShipped(GateDaemon gate) => Shell.Await(
        () => gate.Status().GetProperty("archive") is { ValueKind: JsonValueKind.Object } archive
            && archive.GetProperty("lagEvents") is { ValueKind: JsonValueKind.Number } lag
            && lag.GetInt64() == 0,
        TimeSpan.FromSeconds(60),
        $"everything to be shipped; the log:\n{gate.Log}");

    private string Reconcile(GateDaemon gate, int exitCode, params string[] arguments)
    {
        var asked = Ask(["archive", "reconcile", "--journal", gate.Journal, "--archive", _server.Connection,
            .. arguments]);
        Assert.True(asked.ExitCode == exitCode, asked.Output + asked.Error);
        return asked.Output;
    }

    private void MustAgree(GateDaemon gate)
    {
        var (exitCode, text, error) = Ask("audit", "verify", "--journal", gate.Journal, "--against",
            _server.Connection);
        Assert.True(exitCode == 0, error);
        Assert.Contains("each the same\n", text, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output, string Error) Ask(params string[] arguments) =>
        Shell.Try(GateDaemon.Binary, arguments);
}
