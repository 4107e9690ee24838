using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Logging;

/// <summary>
/// The daemon's log on standard error, one line each: with the time for people; under systemd, which adds the time,
/// with the priority as a prefix. Logging never waits for the reader.
/// </summary>
internal sealed class StandardErrorLog : ILoggerProvider
{
    /// <summary>How long the end of the process waits for the last lines.</summary>
    private static readonly TimeSpan LastWait = TimeSpan.FromMilliseconds(300);

    private const string Reset = "\e[0m";

    /// <summary>By level: the word, the terminal colour, the syslog priority.</summary>
    private static readonly Dictionary<LogLevel, (string Word, string Colour, int Priority)> Levels = new()
    {
        [LogLevel.Trace] = ("trce", "\e[37m", 7),
        [LogLevel.Debug] = ("dbug", "\e[37m", 7),
        [LogLevel.Information] = ("info", "\e[32m", 6),
        [LogLevel.Warning] = ("warn", "\e[1;33m", 4),
        [LogLevel.Error] = ("fail", "\e[1;31m", 3),
        [LogLevel.Critical] = ("crit", "\e[1;41m", 2),
    };

    /// <summary>
    /// Not the console's writer: other code writes there too, and a holder of its lock may be blocked.
    /// </summary>
    private static readonly Stream Output = Console.OpenStandardError();

    private readonly bool _isForSystemd = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null;
    private readonly bool _isPlain =
        Console.IsErrorRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is not null;

    private readonly LogQueue _queue;

    public StandardErrorLog() => _queue = new LogQueue(
        Write, lost => Line(LogLevel.Warning, "galeragate", Logging.Log.LinesLostId, Logging.Log.LinesLost(lost)));

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose() => _queue.End(LastWait);

    private string Line(LogLevel level, string category, int id, string message)
    {
        var (word, colour, priority) = Levels[level];
        var text = $"{category}[{id.ToString(CultureInfo.InvariantCulture)}] {message.ReplaceLineEndings(" ")}\n";
        return _isForSystemd
            ? string.Create(CultureInfo.InvariantCulture, $"<{priority}>{text}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.UtcNow:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {(_isPlain ? word : colour + word + Reset)}: {text}");
    }

    private void Write(string line)
    {
        try
        {
            Output.Write(Encoding.UTF8.GetBytes(line));
        }
        catch (IOException)
        {
            // There is no reader. The journal is the record, so a log that cannot be written stops nothing.
        }
    }

    private sealed class Category(StandardErrorLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var message = formatter(state, exception) + (exception is null ? "" : $" {exception}");
                log._queue.Put(log.Line(logLevel, name, eventId.Id, message));
            }
        }
    }
}
