using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>What doctor reports when nodes disagree on the state transfer method: a donor runs the joiner's.</summary>
public sealed class SstMethodTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _other;
    private readonly Space _own;

    public SstMethodTests() => (_other, _own) = _host.AddLinkedSpaces();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Doctor_names_nodes_with_different_methods_because_a_donor_could_look_fit()
    {
        using var server = PlainServer.StartIn(_own, "--wsrep-sst-method=xtrabackup-v2");
        var alone = Method(server, "10.77.0.1");
        Assert.Equal("ok", alone.Severity);
        Assert.Contains("if all nodes have it: a donor runs the joiner's method", alone.Says, StringComparison.Ordinal);
        Assert.EndsWith("not known: 10.77.0.1 (no answer at HTTP port 9200)", alone.Says, StringComparison.Ordinal);

        using var node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "other.sock"));
        node.Variables = Variables("rsync");
        using var other = GateDaemon.StartIn(
            _other, Path.Combine(_host.Folder, "journal"),
            "--dry-run", "--node", "n2", "--socket", node.Path, "--defaults-extra-file", "/dev/null",
            "--http", "*:9200");
        other.AwaitEvent("ObservationChanged");

        var differ = Method(server, "10.77.0.1");
        Assert.Equal("warning", differ.Severity);
        const string Says = "this node has xtrabackup-v2, n2 has rsync: a donor runs the joiner's method";
        Assert.StartsWith(Says, differ.Says, StringComparison.Ordinal);
        Assert.StartsWith("set the same wsrep_sst_method on every node", differ.Mend, StringComparison.Ordinal);

        node.Variables = Variables("xtrabackup-v2");
        other.AwaitEvent("ObservationChanged", 2);
        var same = Method(server, "10.77.0.1");
        Assert.Equal(("ok", "xtrabackup-v2: a donor keeps serving; the same on n2"), (same.Severity, same.Says));
        other.Stop();
    }

    private static Dictionary<string, string> Variables(string method) =>
        new() { ["read_only"] = "OFF", ["wsrep_on"] = "ON", ["wsrep_sst_method"] = method };

    private (string? Severity, string? Says, string? Mend) Method(PlainServer server, string peers)
    {
        var (_, output, error) = _own.Try(
            GateDaemon.Binary, "doctor", "--json", "--socket", server.Socket, "--defaults-extra-file", "/dev/null",
            "--peers", peers, "--journal", Path.Combine(_host.Folder, "journal"));
        Assert.True(output.StartsWith('['), output + error);
        using var findings = JsonDocument.Parse(output);
        var found = findings.RootElement.EnumerateArray()
            .Single(one => one.GetProperty("subject").GetString() == "sst-method");
        var mend = found.TryGetProperty("mend", out var words) ? words.GetString() : null;
        return (found.GetProperty("severity").GetString(), found.GetProperty("says").GetString(), mend);
    }
}
