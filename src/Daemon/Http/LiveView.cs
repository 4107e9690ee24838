using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Loop;
using GaleraGate.Daemon.Pages;
using GaleraGate.Daemon.Text;
using GaleraGate.Infrastructure.Json;
using Microsoft.AspNetCore.Http;

namespace GaleraGate.Daemon.Http;

/// <summary>The updates that the live page receives.</summary>
/// <param name="Words">The answer to <c>/gate</c>.</param>
/// <param name="IsLive">The answer to <c>/live</c>: if false, nothing else here is current.</param>
internal sealed record LiveState(string Words, bool IsLive, StatusReport Status);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(VerdictConverter), typeof(UtcConverter)])]
[JsonSerializable(typeof(LiveState))]
internal sealed partial class LiveJson : JsonSerializerContext;

/// <summary>
/// The live page and its requests: <c>/ui</c>, <c>/ui/stream</c> (server-sent events), <c>/ui/fleet</c>,
/// <c>/ui/lanes?minutes=N</c>, <c>/ui/clients</c>.
/// </summary>
internal sealed class LiveView(
    Health health,
    LatestSnapshot latest,
    Func<StatusReport> report,
    RecentEvents recent,
    FleetWatch fleet,
    ClientHistory clients)
{
    /// <summary>How many pages may be connected at once.</summary>
    private const int MaxStreams = 32;

    /// <summary>After three times this long without an update, a page shows nothing as current.</summary>
    private static readonly TimeSpan AtLeastEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private int _streams;

    public static Task PageAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = LivePage.Policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        return HttpApi.WriteAsync(context, 200, "text/html; charset=utf-8", LivePage.Html);
    }

    public async Task FleetAsync(HttpContext context) => await HttpApi.WriteAsync(
        context,
        200,
        "application/json",
        JsonSerializer.SerializeToUtf8Bytes(
            await fleet.ReadAsync(context.RequestAborted), FleetJson.Default.FleetReport));

    public Task ClientsAsync(HttpContext context) => HttpApi.WriteAsync(
        context,
        200,
        "application/json",
        JsonSerializer.SerializeToUtf8Bytes(clients.Read(), ClientJson.Default.ClientSamples));

    public async Task LanesAsync(HttpContext context)
    {
        var asked = context.Request.Query["minutes"].ToString();
        if (!int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            || !LivePage.Minutes.ContainsKey(minutes))
        {
            await HttpApi.SayAsync(context, 400, $"minutes is one of {string.Join(", ", LivePage.Minutes.Keys)}");
            return;
        }

        try
        {
            var lanes = await recent.ReadAsync(TimeSpan.FromMinutes(minutes), context.RequestAborted);
            await HttpApi.WriteAsync(
                context,
                200,
                "application/json",
                JsonSerializer.SerializeToUtf8Bytes(lanes, LaneJson.Default.LaneData));
        }
        catch (Exception e)
            when (e
                    is TimeoutException
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
                        or FormatException
                        or JsonException)
        {
            await HttpApi.SayAsync(context, 503, e.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>
    /// Sends the state at once, then whenever an event was recorded or reached the disk, and every two seconds.
    /// </summary>
    public async Task StreamAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _streams) > MaxStreams)
            {
                await HttpApi.SayAsync(context, 503, "too many viewers");
                return;
            }

            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            if (context.Request.Method == "HEAD")
            {
                return;
            }

            while (!context.RequestAborted.IsCancellationRequested)
            {
                var told = Point();
                var state = new LiveState(health.Of("/gate")!.Value.Words, health.Of("/live")!.Value.IsGood, report());
                await context.Response.Body.WriteAsync(
                    (byte[])
                        [
                            .. "retry: 1000\nevent: state\ndata: "u8,
                            .. JsonSerializer.SerializeToUtf8Bytes(state, LiveJson.Default.LiveState),
                            .. "\n\n"u8,
                        ],
                    context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                for (var waited = TimeSpan.Zero; waited < AtLeastEvery && Point() == told; waited += LookEvery)
                {
                    await Task.Delay(LookEvery, context.RequestAborted);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The viewer has disconnected.
        }
        finally
        {
            _ = Interlocked.Decrement(ref _streams);
        }
    }

    private (long Seq, long OnDisk) Point()
    {
        var now = latest.Current;
        return (now.State.Seq, now.Memory.Synced);
    }
}
