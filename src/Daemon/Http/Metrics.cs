using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Loop;

namespace GaleraGate.Daemon.Http;

/// <summary>The daemon's status in Prometheus' text exposition format, version 0.0.4.</summary>
internal static class Metrics
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <param name="isLive">The answer to <c>/live</c>: if false, the rest is out of date.</param>
    public static string Text(StatusReport report, LatencyHistogram latency, NeverLess steady, bool isLive)
    {
        var text = new StringBuilder();
        const string LoopOk = "galeragate_loop_ok";
        const string Help = "1 while the daemon works; if it is 0, the loop hangs and all other metrics are stale.";
        Head(text, LoopOk, Metric.Gauge, Help);
        Line(text, LoopOk, new Sample(isLive ? 1 : 0));
        foreach (var metric in MetricTable.All)
        {
            var samples = metric.Read(report).ToList();
            if (samples.Count > 0)
            {
                Head(text, metric.Name, metric.Type, metric.Help);
                samples.ForEach(sample => Line(text, metric.Name, Steady(steady, metric.Name, sample)));
            }
        }

        return Histogram(text, latency).ToString();
    }

    /// <summary>Time that grows while it is being counted.</summary>
    private static Sample Steady(NeverLess steady, string name, Sample sample) =>
        name is Metric.OpenSeconds or Metric.ClosedSeconds
            ? sample with { Value = steady.Of(string.Concat(sample.Labels.Select(one => one.Value)), sample.Value) }
            : sample;

    private static StringBuilder Histogram(StringBuilder text, LatencyHistogram latency)
    {
        const string Name = "galeragate_probe_duration_seconds";
        Head(text, Name, "histogram", "How long a probe of the server took.");
        var counts = latency.Cumulative();
        for (var i = 0; i < counts.Count; i++)
        {
            var bound = i < LatencyHistogram.Bounds.Count ? Number(LatencyHistogram.Bounds[i]) : "+Inf";
            Line(text, Name + "_bucket", new Sample(counts[i], ("le", bound)));
        }

        Line(text, Name + "_sum", new Sample(latency.SumSeconds));
        Line(text, Name + "_count", new Sample(counts[^1]));
        return text;
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Line(StringBuilder text, string name, Sample sample)
    {
        _ = text.Append(name);
        if (sample.Labels.Length > 0)
        {
            _ = text.Append('{')
                .AppendJoin(',', sample.Labels.Select(label => $"{label.Label}=\"{Escaped(label.Value)}\""))
                .Append('}');
        }

        _ = text.Append(' ').Append(Number(sample.Value)).Append('\n');
    }

    private static string Escaped(string value) =>
        value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
