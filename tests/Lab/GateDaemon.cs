using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>The real binary, run as an operator runs it, in a node's namespace.</summary>
public sealed class GateDaemon : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly ConcurrentDictionary<GateDaemon, Space> Started = new();

    private readonly StringBuilder _log = new();
    private readonly Process _process;

    private GateDaemon(Space space, string journal, IEnumerable<string> arguments, params IReadOnlyList<string> through)
    {
        Journal = journal;
        var given = arguments.ToList();
        List<string> command =
        [
            .. through,
            .. through.Count > 0 && through[^1].EndsWith("/galeragate", StringComparison.Ordinal)
                ? Array.Empty<string>()
                : [Binary],
        ];
        _process = space.Start(
            command[0],
            [
                .. command.Skip(1),
                "run",
                "--journal",
                journal,
                .. Unless(given, "--control", Control),
                .. Unless(given, "--notify", Notify),
                .. Unless(given, "--hold-file", HoldFile),
                .. given,
            ]);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        Started[this] = space;
    }

    /// <summary>
    /// Ends any daemon that a failed test left running in that namespace, so that the next test does not fail because
    /// of it.
    /// </summary>
    public static void EndThoseIn(Space space)
    {
        foreach (var left in Started.Where(one => one.Value == space).Select(one => one.Key))
        {
            left.Dispose();
        }
    }

    /// <summary>
    /// Options of a gate that stays open on a busy machine: the lease outlasts the start of the next daemon, and a
    /// scripted server is part of the tests' process, which may be busy too.
    /// </summary>
    public static IReadOnlyList<string> Patient { get; } = ["--lease", "60s", "--probe-timeout", "20s"];

    /// <summary>The program: $GALERAGATE_BINARY if it is set, otherwise the one next to this library.</summary>
    public static string Binary { get; } = Environment.GetEnvironmentVariable("GALERAGATE_BINARY")
        ?? Path.GetFullPath(
            Path.Combine(
                AppContext.BaseDirectory,
                "../../GaleraGate.Daemon",
                Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)),
                "galeragate"));

    public string Journal { get; }

    /// <summary>One for each daemon, because the namespaces of a lab share the host's folders.</summary>
    public string Control => Journal + ".sock";

    public string Notify => Journal + ".notify";

    public string HoldFile => Journal + ".hold";

    /// <summary>ip netns exec replaces itself with the program, so its pid is the daemon's.</summary>
    public int Pid => _process.Id;

    public bool HasEnded => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Starts the daemon for a node of the lab, with the node's journal.</summary>
    public static GateDaemon Start(ClusterNode node, params IEnumerable<string> arguments) => new(
        node.Space, Path.Combine(node.Folder, "journal"),
        ["--node", node.Name, "--socket", node.Socket, "--defaults-extra-file", node.Credentials, .. arguments]);

    /// <summary>
    /// Starts the daemon for a node through a command that replaces itself with it, such as one that sets limits or
    /// changes the user. The command's last word may be the program itself.
    /// </summary>
    public static GateDaemon StartThrough(
        IReadOnlyList<string> through,
        ClusterNode node,
        string journal,
        params IEnumerable<string> arguments
    ) => new(node.Space, journal, ["--node", node.Name, "--socket", node.Socket, .. arguments], through);

    /// <summary>Starts the daemon in any namespace.</summary>
    public static GateDaemon StartIn(Space space, string journal, params IEnumerable<string> arguments) =>
        new(space, journal, arguments);

    public void Signal(string signal) => Shell.Signal(signal, Pid);

    /// <summary>Stops the daemon cleanly and waits until it has exited.</summary>
    public void Stop() => EndBy("-TERM");

    public void Kill() => EndBy("-KILL");

    /// <summary>Sends the daemon a signal that ends it and waits until it has exited.</summary>
    public void EndBy(string signal)
    {
        Signal(signal);
        AwaitEnd();
    }

    public void AwaitEnd()
    {
        if (!_process.WaitForExit(Limit))
        {
            throw new TimeoutException($"galeragate did not end within {Limit.TotalSeconds} s:\n{Log}");
        }

        _process.WaitForExit();
    }

    /// <summary>The journal's events as JSON.</summary>
    public IReadOnlyList<JsonElement> Events() =>
    [
        .. Directory.Exists(Journal)
            ? Directory.GetFiles(Journal, "*.jsonl").Order(StringComparer.Ordinal)
                .SelectMany(ReadShared)
                .Select(line => JsonDocument.Parse(line).RootElement)
            : [],
    ];

    public IReadOnlyList<JsonElement> Events(params string[] types) =>
        [.. Events().Where(element => types.Contains(element.GetProperty("type").GetString()))];

    public void AwaitEvent(string type, int count = 1, double seconds = 20) => Shell.Await(
        () => Events(type).Count >= count || HasEnded,
        TimeSpan.FromSeconds(seconds),
        $"{count} {type} in {Journal}; the log:\n{Log}");

    public void Dispose()
    {
        if (!Started.TryRemove(this, out _))
        {
            return;
        }

        if (!_process.HasExited)
        {
            Signal("-CONT");
            Signal("-KILL");
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    /// <summary>Sends a request to the daemon over its control socket, as an operator does.</summary>
    public (int ExitCode, string Output, string Error) Ask(string verb, params IEnumerable<string> arguments) =>
        Shell.Try(Binary, [verb, "--control", Control, .. arguments]);

    /// <summary>The same for a request that the daemon must carry out.</summary>
    /// <exception cref="InvalidOperationException">The daemon refused it, or did not answer.</exception>
    public void Command(string verb, params IEnumerable<string> arguments)
    {
        if (Ask(verb, arguments) is (not 0, var output, var error))
        {
            throw new InvalidOperationException($"galeragate {verb} --control {Control}: {output}{error}");
        }
    }

    /// <exception cref="InvalidOperationException">The daemon did not answer.</exception>
    public JsonElement Status() => Ask("status", "--json") is { Output.Length: > 0 } answered
        ? JsonDocument.Parse(answered.Output).RootElement
        : throw new InvalidOperationException($"no status at {Control}; the daemon's log:\n{Log}");

    private static IEnumerable<string> Unless(List<string> given, string option, string value) =>
        given.Contains(option) ? [] : [option, value];

    private static IEnumerable<string> ReadShared(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void Note(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _ = _log.AppendLine(line);
            }
        }
    }
}
