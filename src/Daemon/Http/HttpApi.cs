using System.Text;
using System.Text.Json;
using GaleraGate.Daemon.Control;
using Microsoft.AspNetCore.Http;

namespace GaleraGate.Daemon.Http;

/// <summary>What the HTTP port answers: the checks, the status and the metrics. docs/http.md is the contract.</summary>
internal sealed class HttpApi(Health health, Func<StatusReport> report, LatencyHistogram latency)
{
    private const string Methods = "GET, HEAD, OPTIONS";

    public Health Health => health;

    public Task AnswerAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        if (method is not ("GET" or "HEAD" or "OPTIONS"))
        {
            context.Response.Headers.Allow = Methods;
            return WriteAsync(context, 405, "text/plain", Encoding.UTF8.GetBytes($"{path} takes {Methods}\r\n"));
        }

        if (health.Of(path) is { } check)
        {
            // A check is one connection: a balancer that kept it would learn nothing of a host that is gone.
            context.Response.Headers.Connection = "close";
            return WriteAsync(context, check.Status, "text/plain", check.Body);
        }

        return path switch
        {
            "/status" => WriteAsync(context, 200, "application/json", JsonSerializer.SerializeToUtf8Bytes(report(), ControlJson.Default.StatusReport)),
            "/metrics" => WriteAsync(context, 200, Metrics.ContentType, Encoding.UTF8.GetBytes(Metrics.Text(report(), latency))),
            _ => WriteAsync(context, 404, "text/plain", "there are /, /gate, /ready, /live, /status and /metrics\r\n"u8.ToArray()),
        };
    }

    private static async Task WriteAsync(HttpContext context, int status, string type, byte[] body)
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
