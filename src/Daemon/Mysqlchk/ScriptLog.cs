using System.Globalization;
using GaleraGate.Daemon.Logging;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Galera;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// The script's log: the script's own lines when something it knew changes, and galeragate's lines between them. Each
/// line opens the file by name, so nothing is written to a file that logrotate has moved or truncated. It uses a
/// separate thread, so that a hanging disk blocks nothing else.
/// </summary>
internal sealed class ScriptLog : ILoggerProvider, ILogger
{
    public const string ToStandardOutput = "-";

    private static readonly TimeSpan LastWait = TimeSpan.FromSeconds(2);

    private readonly string _file;
    private readonly ScriptArguments _arguments;
    private readonly LogQueue _queue;
    private readonly DateTimeOffset _began = DateTimeOffset.UtcNow;
    private long _said;

    public ScriptLog(string file, ScriptArguments arguments) =>
        (_file, _arguments, _queue) = (
            file, arguments, new LogQueue(Append, lost => Line(Logging.Log.LinesLost(lost))));

    /// <summary>Writes the lines of the events since the last call.</summary>
    public void Follow(Snapshot shown)
    {
        // The first events belong to an earlier run.
        bool IsNew(Envelope envelope) => envelope.Seq > _said && envelope.At.Utc >= _began;
        foreach (var envelope in shown.Standing.Recent.Where(IsNew))
        {
            _said = envelope.Seq;
            if (LineOf(envelope.Event) is { } line)
            {
                Write(line);
            }
        }
    }

    public void Write(string message) => _queue.Put(Line(message));

    /// <summary>A line in the script's format, in this host's time zone.</summary>
    public static string Line(string message) =>
        string.Create(CultureInfo.InvariantCulture, $"[{DateTime.Now:dd-MM-yy HH:mm:ss.fffffff}00] [INFO] {message}\n");

    public static string Added(string mirror, string real, string command = "iptables") =>
        $"{command} rule added. {mirror} is redirected to {real}.";

    public static string Deleted(string mirror, string command = "iptables") =>
        $"{command} rule deleted. {mirror} removed.";

    /// <summary>The script's sentence about the node.</summary>
    public static string NodeLine(Verdict verdict) => "Galera Cluster Node is " + (verdict.IsFit ? "synced."
        : verdict.Reasons.HasFlag(Reasons.Held) ? "manually disabled."
        : verdict.Headline == Reason.Headline(Reasons.ReadOnly).Name ? "read-only."
        : "not synced.");

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            var level = logLevel > LogLevel.Information ? logLevel.ToString().ToLowerInvariant() + ": " : "";
            var why = exception is null ? "" : $": {exception.Message}";
            Write($"{level}{formatter(state, exception)}{why}".ReplaceLineEndings(" "));
        }
    }

    /// <summary>Waits briefly until the lines are in the file.</summary>
    public void Dispose() => _queue.End(LastWait);

    private string? LineOf(AuditEvent @event) => @event switch
    {
        RedirectAdded e => Added(_arguments.MirrorPort, _arguments.RealPort, Command(e.Change.Family)),
        RedirectRemoved e => Deleted(_arguments.MirrorPort, Command(e.Change.Family)),
        RedirectChangeFailed => "Failed to change an iptables rule.",
        VerdictChanged e => NodeLine(e.Verdict),
        _ => null,
    };

    private static string Command(Family family) => family == Family.Ipv6 ? "ip6tables" : "iptables";

    private void Append(string line)
    {
        try
        {
            if (_file == ToStandardOutput)
            {
                Console.Out.Write(line);
            }
            else if (_file.Length > 0)
            {
                File.AppendAllText(_file, line);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The journal is the record, so a log that cannot be written stops nothing.
        }
    }
}
