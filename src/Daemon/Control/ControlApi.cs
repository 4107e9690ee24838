using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using GaleraGate.Daemon.Loop;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Infrastructure.Linux;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GaleraGate.Daemon.Control;

/// <summary>The requests of the control socket, one row each. docs/http.md is their contract.</summary>
internal sealed class ControlApi : IDisposable
{
    /// <summary>No person types a longer reason; a longer one comes from a program.</summary>
    private const int MaxReasonLength = 500;

    /// <summary>Two checks must fit into the time that a client waits.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _holding = new(1);
    private readonly Dictionary<(string Method, string Path), Func<HttpContext, Task>> _answers;
    private readonly LatestSnapshot _latest;
    private readonly SignalQueue _queue;
    private readonly StatusSource _status;
    private readonly DaemonFacts _facts;
    private readonly Clock _clock;
    private readonly Func<CancellationToken, Task<ReloadReport>> _reload;

    public ControlApi(
        LatestSnapshot latest,
        SignalQueue queue,
        StatusSource status,
        DaemonFacts facts,
        Clock clock,
        Func<CancellationToken, Task<ReloadReport>> reload)
    {
        (_latest, _queue, _status, _facts, _clock, _reload) = (latest, queue, status, facts, clock, reload);
        _answers = new()
        {
            [("GET", "/v1/status")] = context =>
                WriteAsync(context, 200, _status.Of(_latest.Current), ControlJson.Default.StatusReport),
            [("GET", "/v1/connections")] = context =>
                WriteAsync(context, 200, Connections(), ControlJson.Default.ConnectionsReport),
            [("POST", "/v1/hold")] = HoldAsync,
            [("POST", "/v1/release")] = ReleaseAsync,
            [("POST", "/v1/annotate")] = AnnotateAsync,
            [("POST", "/v1/reload")] = async context =>
                await WriteAsync(context, 200, await _reload(context.RequestAborted), ControlJson.Default.ReloadReport),
        };
    }

    public void Dispose() => _holding.Dispose();

    public async Task AnswerAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path.Value ?? "");
        try
        {
            if (_answers.TryGetValue((method, path), out var answer))
            {
                await answer(context);
            }
            else
            {
                var known = _answers.Keys.Where(row => row.Path == path).Select(row => row.Method).ToList();
                context.Response.Headers.Allow = string.Join(", ", known);
                await RefuseAsync(
                    context,
                    known.Count > 0 ? 405 : 404,
                    known.Count > 0 ? $"{path} takes {string.Join(", ", known)}" : $"there is no {path}");
            }
        }
        catch (Exception e) when (e is JsonException or BadHttpRequestException)
        {
            await RefuseAsync(context, 400, $"the request cannot be read: {e.Message.ReplaceLineEndings(" ")}");
        }
        catch (FormatException e)
        {
            await RefuseAsync(context, 422, e.Message);
        }
        catch (ChannelClosedException)
        {
            await RefuseAsync(context, 503, "the daemon is ending");
        }
    }

    private async Task HoldAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.HoldRequest);
        var reason = Clean(request?.Reason);
        if (reason.Length is 0 or > MaxReasonLength)
        {
            throw new FormatException($"a hold needs a reason of 1 to {MaxReasonLength} characters");
        }

        // One at a time: a second caller must not be told "held" while the first may still undo the hold.
        Snapshot shown;
        await _holding.WaitAsync(context.RequestAborted);
        try
        {
            shown = await PlaceAsync(request!, By(context, request!.User), reason, context.RequestAborted);
        }
        finally
        {
            _ = _holding.Release();
        }

        await WriteAsync(context, 200, _status.Of(shown), ControlJson.Default.StatusReport);
    }

    /// <summary>
    /// Places a hold if enough other gates are open before and after. Otherwise the hold is undone, whatever the
    /// failure, and even if the caller is gone.
    /// </summary>
    private async Task<Snapshot> PlaceAsync(HoldRequest request, string by, string reason, CancellationToken given)
    {
        await MustBeOpenAsync(request.IfOthersOpen, "it is not held", given);
        var hold = HoldOf(request);
        var wasThere = _latest.Current.State.Holds.HasFlag(hold);
        // Not cancelled with the caller: a queued hold will be placed, so the second check must follow.
        var shown = await _queue.AskAsync(new HoldRequested(_clock.Now(), hold, by, reason), CancellationToken.None);
        try
        {
            // Another operator may have held another node meanwhile: if two check each other at the same time, neither
            // may close the last gate.
            await MustBeOpenAsync(wasThere ? 0 : request.IfOthersOpen, "it is released again", given);
            return shown;
        }
        catch
        {
            // Also if the caller gave up, because that person would not know about the hold.
            _ = await _queue.AskAsync(new HoldReleased(_clock.Now(), hold, by), CancellationToken.None);
            throw;
        }
    }

    /// <exception cref="FormatException">Fewer are open.</exception>
    private async Task MustBeOpenAsync(int wanted, string otherwise, CancellationToken cancellationToken)
    {
        if (wanted <= 0)
        {
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LookLimit);
        IReadOnlyList<OtherGate> others;
        try
        {
            others = await _facts.Others.KnockAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FormatException(
                $"which other gates are open was not known within {LookLimit.TotalSeconds} s, so {otherwise}");
        }

        if (others.Count(other => other.IsOpen) is var open && open < wanted)
        {
            var each = others.Select(other => $"{other.Address} {(other.IsOpen ? "open" : "not open")}");
            throw new FormatException(
                $"only {open} other {(open == 1 ? "gate is" : "gates are")} open, {wanted} required, so {otherwise}: "
                + string.Join(", ", each));
        }
    }

    private static Holds HoldOf(HoldRequest? request) => request is { Service: true } ? Holds.Service : Holds.Operator;

    private ConnectionsReport Connections()
    {
        var (through, trouble) = _facts.Connections?.Count() ?? (0, "dry run");
        return new ConnectionsReport(through, trouble);
    }

    private async Task AnnotateAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.AnnotateRequest);
        var (text, last) = (Clean(request?.Text), _latest.Current.State.Seq);
        if (text.Length is 0 or > MaxReasonLength)
        {
            throw new FormatException($"a note has 1 to {MaxReasonLength} characters");
        }

        if (request!.About < 1 || request.About > last)
        {
            throw new FormatException($"there is no event #{request.About}: the last is #{last}");
        }

        var shown = await _queue.AskAsync(
            new NoteWritten(_clock.Now(), request.About, By(context, request.User), text), context.RequestAborted);
        await WriteAsync(context, 200, _status.Of(shown), ControlJson.Default.StatusReport);
    }

    private async Task ReleaseAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.HoldRequest);
        var shown = await _queue.AskAsync(
            new HoldReleased(_clock.Now(), HoldOf(request), By(context, request?.User)), context.RequestAborted);
        await WriteAsync(context, 200, _status.Of(shown), ControlJson.Default.StatusReport);
    }

    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class => context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false }
        ? null
        : await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);

    /// <summary>
    /// The account as reported by the kernel, and the person behind it as sudo named it to the client.
    /// </summary>
    private static string By(HttpContext context, string? user)
    {
        const int MaxNameLength = 64;
        var account = context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket
            ? Peer.NameOf(socket)
            : "unknown";
        var person = Clean(user);
        return person.Length is > 0 and <= MaxNameLength && person != account ? $"{person} as {account}" : account;
    }

    /// <summary>One line without control characters, whatever the input.</summary>
    private static string Clean(string? text) =>
        string.Concat((text ?? "").Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    private static Task RefuseAsync(HttpContext context, int status, string why) =>
        WriteAsync(context, status, new ErrorReport(why), ControlJson.Default.ErrorReport);

    private static async Task WriteAsync<T>(HttpContext context, int status, T answer, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
