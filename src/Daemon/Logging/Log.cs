using System.Globalization;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Events;
using Microsoft.Extensions.Logging;

namespace GaleraGate.Daemon.Logging;

/// <summary>
/// Every line that the daemon logs: 1000 gate, 2000 probe, 3000 firewall, 4000 journal, 5000 archive. Polls that change
/// nothing are not logged.
/// </summary>
internal static partial class Log
{
    /// <summary>One line for each event that matters to a person at the console.</summary>
    public static void Event(ILogger log, Envelope envelope)
    {
        if (EventTable.Of(envelope.Event).LogOf(envelope.Event) is { } line)
        {
            var (level, id) = (LevelOf(line.Severity), new EventId(line.Id));
            log.Log(level, id, (line, envelope), null, (it, _) => Text(it.line, it.envelope));
        }
    }

    private static string Text(LogLine line, Envelope envelope) =>
        $"{line.Before}{EventText.Of(envelope.Event)} (#{envelope.Seq}){line.After}";

    private static LogLevel LevelOf(Severity severity) => severity switch
    {
        Severity.Information => LogLevel.Information,
        Severity.Warning => LogLevel.Warning,
        Severity.Error => LogLevel.Error,
        Severity.Critical => LogLevel.Critical,
    };

    public static void Journal(ILogger log, string? trouble, bool required)
    {
        if (trouble is null)
        {
            JournalWorks(log);
        }
        else
        {
            var then = required ? "the gate stays as it is or closes until it works" : "the gate works without it";
            JournalFails(log, trouble, then);
        }
    }

    [LoggerMessage(3013, LogLevel.Warning,
        "no lease is kept ({Why}): if this daemon dies, its redirect stays until the next one starts")]
    public static partial void NoLease(ILogger log, string why);

    [LoggerMessage(3018, LogLevel.Information, "the firewall's backend is {Name}: {Why}")]
    public static partial void Backend(ILogger log, string name, string why);

    [LoggerMessage(3017, LogLevel.Error, "this host cannot do what the gate needs: {What}; fix: {Fix}")]
    public static partial void CannotDo(ILogger log, string what, string fix);

    [LoggerMessage(3014, LogLevel.Warning,
        "view changes are seen only by polling: wsrep_notify_cmd has no FIFO: {Why}")]
    public static partial void NoNotifyPipe(ILogger log, string why);

    /// <summary>audit verify searches for these lines: see LoggedHeads.</summary>
    [LoggerMessage(4005, LogLevel.Information, "journal: {Segment} is sealed, head #{Seq} {Hash}")]
    public static partial void Sealed(ILogger log, string segment, long seq, string hash);

    [LoggerMessage(4006, LogLevel.Warning, "journal: {Why}; it is tried again in a minute")]
    public static partial void NotKept(ILogger log, string why);

    [LoggerMessage(4007, LogLevel.Information,
        "journal: dropped {Segment}, #{First} to #{Last}, because of the retention")]
    public static partial void Dropped(ILogger log, string segment, long first, long last);

    [LoggerMessage(4008, LogLevel.Warning,
        "journal: others can read {Path}, and it belongs to another user; it stays so until that is changed")]
    public static partial void Exposed(ILogger log, string path);

    [LoggerMessage(5003, LogLevel.Warning,
        "archive: it has a gap for #{First} to #{Last}: {Why}; shipping continues after them")]
    public static partial void SetAside(ILogger log, long first, long last, string why);

    [LoggerMessage(5001, LogLevel.Warning,
        "archive: {Why}; it is tried again, at most a minute later, and the journal keeps what is not shipped")]
    public static partial void NotShipped(ILogger log, string why);

    [LoggerMessage(5004, LogLevel.Warning,
        "archive: its read models are not kept: {Why}; the events are still shipped, and readers take what is "
            + "missing from them")]
    public static partial void ReadModelsNotKept(ILogger log, string why);

    [LoggerMessage(5002, LogLevel.Information, "archive: shipping works again, up to #{Seq}")]
    public static partial void Ships(ILogger log, long seq);

    [LoggerMessage(4001, LogLevel.Error,
        "the journal cannot be written: {Why}; it is tried again every second, and {Then}")]
    private static partial void JournalFails(ILogger log, string why, string then);

    [LoggerMessage(4002, LogLevel.Information, "journal works again")]
    private static partial void JournalWorks(ILogger log);

    [LoggerMessage(1020, LogLevel.Error, "the configuration was not reloaded: {Why}; the old one stays in force")]
    public static partial void NotReloaded(ILogger log, string why);

    [LoggerMessage(1021, LogLevel.Warning,
        "{Option} takes effect at the next start, not at a reload; the policy was reloaded")]
    public static partial void NeedsRestart(ILogger log, string option);

    [LoggerMessage(4003, LogLevel.Critical,
        "{Count} events were not written: the journal could not be written until the end; the next start continues "
        + "after the last that was")]
    public static partial void EventsLost(ILogger log, long count);

    [LoggerMessage(1022, LogLevel.Warning,
        "the hold file {What}: it does not hold the gate, not even if root touches it; "
        + $"to hold, use galeragate hold or touch {GatePath.HoldFile}")]
    public static partial void HoldFileIgnored(ILogger log, string what);

    public const int LinesLostId = 1023;

    /// <summary>Replaces lines that were dropped because the reader was too slow.</summary>
    public static string LinesLost(long count)
    {
        var lines = string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "line" : "lines")}");
        return $"{lines} of this log lost: nothing read them; the journal has every event";
    }

    [LoggerMessage(1024, LogLevel.Warning,
        "after {Seconds} s of stopping something still hangs (disk, archive or server); the daemon ends without it")]
    public static partial void StopCutOff(ILogger log, double seconds);

    [LoggerMessage(1025, LogLevel.Warning,
        "{Path} cannot be removed: {Why}; it is ignored from now on, remove it by hand")]
    public static partial void ReleaseNoteStays(ILogger log, string path, string why);

    [LoggerMessage(1026, LogLevel.Warning,
        "{Who} has the name of this gate port's lock; a second daemon is refused only if it has the same /run")]
    public static partial void LockNameTaken(ILogger log, string who);

    [LoggerMessage(3010, LogLevel.Warning,
        "iptables did not apply the last change within {Seconds} s; the daemon ends without waiting longer")]
    public static partial void NotSettled(ILogger log, double seconds);

    [LoggerMessage(3011, LogLevel.Information, "this host has no IPv6: only the IPv4 tables are kept")]
    public static partial void NoIpv6(ILogger log);

    [LoggerMessage(3012, LogLevel.Information, "dry run: no rule is changed")]
    public static partial void DryRun(ILogger log);
}
