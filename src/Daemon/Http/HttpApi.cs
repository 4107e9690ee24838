using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.ClusterFirewall;
using GaleraGate.Infrastructure.Galera;
using Microsoft.AspNetCore.Http;

namespace GaleraGate.Daemon.Http;

/// <summary>
/// The answers of the HTTP port: checks, status, metrics and the live page. docs/http.md is the contract.
/// </summary>
internal sealed class HttpApi(
    Health health, Func<StatusReport> report, LatencyHistogram latency, LiveView live, OwnNames names)
{
    private const string Methods = "GET, HEAD, OPTIONS";

    /// <summary>How many connections back to requesters may run at once; others are asked to retry later.</summary>
    private const int MaxReaching = 8;

    private readonly NeverLess _steady = new();
    private int _reaching;

    public Health Health => health;

    public Task AnswerAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (method is not ("GET" or "HEAD" or "OPTIONS"))
        {
            context.Response.Headers.Allow = Methods;
            return SayAsync(context, 405, $"{path} takes {Methods}");
        }

        if (health.Of(path) is { } check)
        {
            // One connection for each check: over a kept connection a balancer would not notice that a host is gone.
            context.Response.Headers.Connection = "close";
            return WriteAsync(context, check.Status, "text/plain", check.Body);
        }

        return path is "/status" or "/ui" || path.StartsWith("/ui/", StringComparison.Ordinal)
            ? ShowAsync(context, path)
            : path switch
            {
                "/metrics" => WriteAsync(context, 200, Metrics.ContentType, MetricsNow()),
                "/reach" => ReachAsync(context),
                _ => NothingAsync(context),
            };
    }

    /// <summary>
    /// Pages for browsers are served only under a name of this host, so that a page from elsewhere cannot read them.
    /// </summary>
    private async Task ShowAsync(HttpContext context, string path)
    {
        const int LongestShown = 100;
        var host = context.Request.Host.Host;
        var address = context.Connection.LocalIpAddress is { } local ? HttpChecks.Plain(local) : null;
        if (!await names.IncludeAsync(host, address))
        {
            var shown = host.Length > LongestShown ? host[..LongestShown] : host;
            await SayAsync(
                context,
                421,
                $"{path} is answered under an address or a name of this host, which '{shown}' is not: ask for it by "
                + "address");
            return;
        }

        await (path switch
        {
            "/status" => WriteAsync(
                context,
                200,
                "application/json",
                JsonSerializer.SerializeToUtf8Bytes(report(), ControlJson.Default.StatusReport)),
            "/ui" => LiveView.PageAsync(context),
            "/ui/clients" => live.ClientsAsync(context),
            "/ui/fleet" => live.FleetAsync(context),
            "/ui/lanes" => live.LanesAsync(context),
            "/ui/stream" => live.StreamAsync(context),
            _ => NothingAsync(context),
        });
    }

    private static Task NothingAsync(HttpContext context) =>
        SayAsync(context, 404, "there are /, /gate, /ready, /live, /status, /metrics, /reach and /ui");

    private byte[] MetricsNow() =>
        Encoding.UTF8.GetBytes(Metrics.Text(report(), latency, _steady, health.Of("/live")!.Value.IsGood));

    /// <summary>
    /// Connects back to the requester's address, to the ports that Galera needs between nodes, and to no other address.
    /// </summary>
    private async Task ReachAsync(HttpContext context)
    {
        var from = HttpChecks.Plain(context.Connection.RemoteIpAddress ?? IPAddress.Loopback);
        try
        {
            if (Interlocked.Increment(ref _reaching) > MaxReaching)
            {
                await SayAsync(context, 503, "too many ask at once");
                return;
            }

            var ports = await Task.WhenAll(ClusterRules.BetweenNodes.Select(async row =>
                KeyValuePair.Create(
                    row.Port.ToString(CultureInfo.InvariantCulture),
                    PathWords.Of(await PeerPorts.ReachAsync(from, row.Port, context.RequestAborted)))));
            var answer = new ReachReport(DateTimeOffset.UtcNow, ports.ToDictionary());
            // Only to the requester's address and the port of this node's own gate, so that it cannot be used to scan
            // ports.
            if (context.Request.QueryString.Value == "?gate")
            {
                var port = report().Gate.Port;
                var met = await GateKnock.AtAsync(from, port, context.RequestAborted);
                answer = answer with { Gate = PathWords.Of(met), GatePort = port };
            }

            await WriteAsync(
                context,
                200,
                "application/json",
                JsonSerializer.SerializeToUtf8Bytes(answer, ReachJson.Default.ReachReport));
        }
        finally
        {
            _ = Interlocked.Decrement(ref _reaching);
        }
    }

    /// <summary>Answers with one line for people.</summary>
    public static Task SayAsync(HttpContext context, int status, string line) =>
        WriteAsync(context, status, "text/plain", Encoding.UTF8.GetBytes(line + "\r\n"));

    public static async Task WriteAsync(HttpContext context, int status, string type, byte[] body)
    {
        var response = context.Response;
        (response.StatusCode, response.ContentType, response.ContentLength) = (status, type, body.Length);
        response.Headers.CacheControl = "no-store";
        if (context.Request.Method != "HEAD")
        {
            await response.Body.WriteAsync(body, context.RequestAborted);
        }
    }
}
