using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Gatekeeping;

/// <summary>
/// Answers on which the shell script stays open or opens: the read_only query that fails, returns nothing or returns a
/// value newer than ON. The daemon, the tables and the client are real. Only the server is scripted, because no real
/// one gives these answers on request.
/// </summary>
public sealed class AnswerTests : IDisposable
{
    private readonly LabHost _host = new();
    private readonly Space _space;
    private readonly ScriptedGaleraNode _node;
    private readonly Socket _port;

    public AnswerTests()
    {
        _space = _host.AddSpace("node");
        _node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "s"));
        _port = _space.Greet(IPAddress.Any, 3306);
    }

    public static TheoryData<string, string?, string> Answers() => new()
    {
        { "the read_only query fails", null, "unrecognized" },
        { "the read_only answer is missing", "wsrep_on=ON", "unrecognized" },
        { "the read_only answer is empty", "read_only=", "read-only" },
        { "read_only is NO_LOCK", "read_only=NO_LOCK", "read-only" },
        { "read_only is NO_LOCK_NO_ADMIN", "read_only=NO_LOCK_NO_ADMIN", "read-only" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void An_answer_other_than_a_clear_yes_closes_the_gate(string what, string? answer, string reason)
    {
        using var gate = GateDaemon.StartIn(
            _space, Path.Combine(_host.Folder, "journal"), ["--node", "n1", "--socket", _node.Path, "--local-clients"]);
        GatePort.Await(_space, "127.0.0.1", Meets.Server, 20);
        var healthy = _node.Variables;

        _node.Variables = answer is null
            ? null
            : new Dictionary<string, string> { [answer.Split('=')[0]] = answer.Split('=')[1] };
        GatePort.Await(_space, "127.0.0.1", Meets.Refused, 20);
        gate.AwaitEvent(nameof(GateClosed));
        Assert.Equal(
            (what, reason),
            (what, gate.Events(nameof(GateClosed))[0].GetProperty("data").GetProperty("reason").GetString()));

        _node.Variables = healthy;
        GatePort.Await(_space, "127.0.0.1", Meets.Server, 20);
        gate.Stop();
        Record.MustHold(gate);
    }

    [Fact]
    public void Maintenance_mode_super_read_only_or_offline_mode_closes_the_gate()
    {
        using var gate = GateDaemon.StartIn(
            _space, Path.Combine(_host.Folder, "journal"), ["--node", "n1", "--socket", _node.Path, "--local-clients"]);
        GatePort.Await(_space, "127.0.0.1", Meets.Server, 20);
        foreach (var (name, value) in new[]
        {
            ("pxc_maint_mode", "MAINTENANCE"), ("super_read_only", "ON"), ("offline_mode", "ON"),
        })
        {
            var healthy = _node.Variables!;
            _node.Variables = new Dictionary<string, string>(healthy) { [name] = value };
            GatePort.Await(_space, "127.0.0.1", Meets.Refused, 20);
            _node.Variables = healthy;
            GatePort.Await(_space, "127.0.0.1", Meets.Server, 20);
        }

        gate.Stop();
        Assert.Equal(
            ["maintenance", "read-only", "offline", "stopped"],
            gate.Events(nameof(GateClosed)).Select(e => e.GetProperty("data").GetProperty("reason").GetString()));
    }

    public void Dispose()
    {
        _port.Dispose();
        _node.Dispose();
        _host.Dispose();
    }
}
