using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Doctor;

/// <summary>A host with a gate and a client next to it, and the doctor's findings there.</summary>
internal sealed class KnockedHost : IDisposable
{
    private readonly LabHost _host = new();
    private readonly List<IDisposable> _open = [];
    private readonly ScriptedGaleraNode _node;
    private readonly string _backend;
    private GateDaemon? _gate;

    /// <param name="backend">The gate's backend, as given to --firewall.</param>
    public KnockedHost(string backend = "auto")
    {
        _backend = backend;
        (Server, Client) = _host.AddLinkedSpaces();
        _node = new ScriptedGaleraNode(Path.Combine(_host.Folder, "mysql.sock"));
    }

    public Space Server { get; }

    public Space Client { get; }

    public void Dispose()
    {
        _gate?.Dispose();
        _node.Dispose();
        _open.ForEach(one => one.Dispose());
        _host.Dispose();
    }

    public string[] Arguments =>
    [
        "--socket", _node.Path, "--defaults-extra-file", "/dev/null", "--journal", Path.Combine(_host.Folder, "none"),
        "--firewall", _backend,
    ];

    public void Open(params string[] addresses) =>
        Open(addresses.Length == 0 ? ["0.0.0.0", "::"] : addresses, []);

    public void Open(string[] addresses, params string[] options)
    {
        Listen(addresses);
        _gate = GateDaemon.StartIn(
            Server,
            Path.Combine(_host.Folder, "journal"),
            [
                "--socket", _node.Path, "--defaults-extra-file", "/dev/null", "--firewall", _backend,
                "--close-after", "60s", .. GateDaemon.Patient, .. options,
            ]);
        _gate.AwaitEvent("LeaseArmed");
        _gate.AwaitEvent("RedirectAdded");
    }

    public void Listen(params IEnumerable<string> addresses) =>
        _open.AddRange(addresses.Select(address => Server.Greet(IPAddress.Parse(address), 3306)));

    /// <summary>Listens and sends these bytes to every client.</summary>
    public Socket Speak(byte[] words) => Server.Enter(() =>
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Any, 3306));
        listener.Listen();
        _ = Task.Run(async () =>
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                _ = words.Length > 0 ? await client.SendAsync(words) : 0;
            }
        });
        return listener;
    });

    public Dictionary<string, Line> Examine(params string[] options) => ExamineBy([], options);

    public Dictionary<string, Line> ExamineBy(string[] through, params string[] options)
    {
        string[] command = [.. through, GateDaemon.Binary, "doctor", "--json", .. Arguments, .. options];
        var (_, output, error) = Server.Try(command[0], command[1..]);
        Assert.True(output.StartsWith('['), output + error);
        return JsonDocument.Parse(output).RootElement.EnumerateArray().ToDictionary(
            finding => finding.GetProperty("subject").GetString()!,
            finding => new Line(
                finding.GetProperty("severity").GetString()!,
                finding.GetProperty("says").GetString()!,
                finding.TryGetProperty("mend", out var mend) ? mend.GetString() : null));
    }

    public sealed record Line(string Severity, string Says, string? Mend);
}
