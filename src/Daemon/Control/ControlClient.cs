using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Control;

/// <summary>No daemon answers, or it refuses. The message is one line for people and says what to do.</summary>
internal sealed class ControlException(string message, int exitCode, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>The exit code of a command if no daemon answers.</summary>
    public const int NoAnswer = 3;

    public const int Refused = 1;

    public int ExitCode => exitCode;
}

/// <summary>Sends requests to this host's daemon over its control socket.</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>The loop answers from memory, so a longer wait means that it hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;

    public ControlClient(Settings settings)
    {
        _path = GatePath.Control(settings) ?? throw new FormatException("--control off: there is no socket to ask");
        _handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        _http = new HttpClient(_handler) { BaseAddress = new Uri("http://galeragate/"), Timeout = Limit };
    }

    /// <exception cref="ControlException">No daemon answers.</exception>
    public Task<StatusReport> StatusAsync(CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, "v1/status", null, ControlJson.Default.StatusReport, cancellationToken);

    /// <exception cref="ControlException">No daemon answers, or it refuses.</exception>
    public Task<StatusReport> HoldAsync(
        string reason,
        bool service,
        int ifOthersOpen,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            HttpMethod.Post,
            "v1/hold",
            () =>
                JsonContent.Create(
                    new HoldRequest(reason, Person, service, ifOthersOpen), ControlJson.Default.HoldRequest),
            ControlJson.Default.StatusReport,
            cancellationToken);

    /// <exception cref="ControlException">No daemon answers, or it refuses.</exception>
    public Task<StatusReport> AnnotateAsync(long about, string text, CancellationToken cancellationToken) => AskAsync(
        HttpMethod.Post,
        "v1/annotate",
        () => JsonContent.Create(new AnnotateRequest(about, text, Person), ControlJson.Default.AnnotateRequest),
        ControlJson.Default.StatusReport,
        cancellationToken);

    /// <exception cref="ControlException">No daemon answers.</exception>
    public Task<ConnectionsReport> ConnectionsAsync(CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, "v1/connections", null, ControlJson.Default.ConnectionsReport, cancellationToken);

    /// <exception cref="ControlException">No daemon answers.</exception>
    public Task<StatusReport> ReleaseAsync(bool service, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Post,
            "v1/release",
            () => JsonContent.Create(new HoldRequest(null, Person, service), ControlJson.Default.HoldRequest),
            ControlJson.Default.StatusReport,
            cancellationToken);

    /// <exception cref="ControlException">No daemon answers, or it refuses the configuration.</exception>
    public Task<ReloadReport> ReloadAsync(CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Post, "v1/reload", null, ControlJson.Default.ReloadReport, cancellationToken);

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    /// <summary>The user who ran sudo, if any.</summary>
    private static string? Person => Environment.GetEnvironmentVariable("SUDO_USER");

    private async Task<T> AskAsync<T>(
        HttpMethod method,
        string path,
        Func<JsonContent>? body,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body?.Invoke();
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            return response.IsSuccessStatusCode
                ? (await response.Content.ReadFromJsonAsync(type, cancellationToken))!
                : throw new ControlException(
                    (
                        await response.Content.ReadFromJsonAsync(ControlJson.Default.ErrorReport, cancellationToken)
                    )?.Error
                        ?? $"{response.StatusCode}",
                    ControlException.Refused);
        }
        catch (HttpRequestException e)
        {
            throw new ControlException(Why(e), ControlException.NoAnswer, e);
        }
        catch (JsonException e)
        {
            throw new ControlException(
                $"what answers on {_path} is no galeragate of this version: {e.Message.ReplaceLineEndings(" ")}",
                ControlException.NoAnswer,
                e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ControlException(
                $"galeragate does not answer on {_path} within {Limit.TotalSeconds} s: it hangs or is stopped; look "
                + "at it with ps and journalctl -u galeragate",
                ControlException.NoAnswer,
                e);
        }
    }

    private string Why(HttpRequestException e) => (e.InnerException as SocketException)?.SocketErrorCode switch
    {
        SocketError.AccessDenied =>
            $"no permission for {_path}: run this as root, or as a member of the group galeragate",
        SocketError.ConnectionRefused =>
            $"no daemon answers on {_path}: its galeragate has died; start it (systemctl start galeragate, or "
            + "galeragate run)",
        _ when !File.Exists(_path) =>
            $"no galeragate runs here: there is no {_path}; start it (systemctl start galeragate, or galeragate run), "
            + "or name its socket with --control",
        _ => $"galeragate does not answer on {_path}: {(e.InnerException ?? e).Message}",
    };

    private async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_path), cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            socket = null;
            return stream;
        }
        finally
        {
            socket?.Dispose();
        }
    }
}
