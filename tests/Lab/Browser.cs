using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace GaleraGate.Lab;

/// <summary>A real headless Chromium. The debugging protocol opens pages, moves the pointer and enters text.</summary>
public sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly LabHost _host;
    private readonly Process _process;
    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _asked = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _sending = new(1);
    private Task _receiving = Task.CompletedTask;
    private string? _session;
    private int _number;

    private Browser(LabHost host, Process process) => (_host, _process) = (host, process);

    /// <summary>Exceptions and console errors from the page: a test expects an empty list.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>Every address that the page requested.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <param name="address">file:// or http://</param>
    /// <param name="space">The namespace that it runs in; the host's if not given.</param>
    /// <param name="scale">Picture pixels per page pixel.</param>
    public static async Task<Browser> OpenAsync(
        string address, int width, int height, bool dark, Space? space = null, int scale = 1)
    {
        var host = new LabHost();
        string[] arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            $"--user-data-dir={host.Folder}",
            "about:blank",
        ];
        var process = space?.Start("chromium", arguments) ?? Shell.Start("chromium", arguments);
        var debugger = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.IndexOf("ws://", StringComparison.Ordinal) is > 0 and var at)
            {
                _ = debugger.TrySetResult(line.Data[at..].Trim());
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(host, process);
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (to, _) => ValueTask.FromResult<Stream>(new NetworkStream(
                space is null ? Connected(to.DnsEndPoint) : space.Enter(() => Connected(to.DnsEndPoint)),
                ownsSocket: true)),
        });
        await browser._socket.ConnectAsync(
            new Uri(await debugger.Task.WaitAsync(Limit)), invoker, CancellationToken.None);
        browser._receiving = browser.ReceiveAsync();
        var target = (await browser.AskAsync("Target.createTarget", new { url = "about:blank" }))
            .GetProperty("targetId")
            .GetString();
        browser._session = (await browser.AskAsync("Target.attachToTarget", new { targetId = target, flatten = true }))
            .GetProperty("sessionId")
            .GetString();
        foreach (var domain in new[] { "Page", "Runtime", "Log", "Network" })
        {
            _ = await browser.AskAsync(domain + ".enable", new { });
        }

        _ = await browser.AskAsync(
            "Emulation.setDeviceMetricsOverride",
            new
            {
                width,
                height,
                deviceScaleFactor = scale,
                mobile = false,
            });
        _ = await browser.AskAsync(
            "Emulation.setEmulatedMedia",
            new { features = new[] { new { name = "prefers-color-scheme", value = dark ? "dark" : "light" } } });
        _ = await browser.AskAsync("Page.navigate", new { url = address });
        var loaded = Stopwatch.StartNew();
        while (await browser.EvaluateAsync("document.readyState") != "complete" && loaded.Elapsed < Limit)
        {
            await Task.Delay(50);
        }

        return browser;
    }

    /// <summary>Evaluates an expression and returns its value as text.</summary>
    public async Task<string> EvaluateAsync(string expression) =>
        (await AskAsync("Runtime.evaluate", new { expression = $"String({expression})", returnByValue = true }))
            .GetProperty("result")
            .GetProperty("value")
            .GetString()!;

    /// <summary>Presses and releases a named key.</summary>
    public async Task PressAsync(string key)
    {
        foreach (var type in new[] { "keyDown", "keyUp" })
        {
            _ = await AskAsync(
                "Input.dispatchKeyEvent",
                new
                {
                    type,
                    key,
                    code = key,
                    windowsVirtualKeyCode = key == "Tab" ? 9 : 13,
                    text = type == "keyDown" && key == "Enter" ? "\r" : "",
                });
        }
    }

    /// <summary>Waits until an expression is true.</summary>
    /// <exception cref="TimeoutException">The expression was still false at the time limit.</exception>
    public void Await(string expression) =>
        Shell.Await(
            () => EvaluateAsync(expression).GetAwaiter().GetResult() == "true", TimeSpan.FromSeconds(20), expression);

    /// <summary>The whole page as a PNG.</summary>
    public async Task<byte[]> PictureAsync() =>
        (await AskAsync("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true }))
            .GetProperty("data")
            .GetBytesFromBase64();

    /// <summary>Scrolls an element into view, moves the pointer over it and, if asked, clicks it.</summary>
    public async Task PointAsync(string selector, bool click)
    {
        var place = (
            await EvaluateAsync(
                $"(e => (e.scrollIntoView({{ block: 'center', behavior: 'instant' }}), (r => (r.left + "
                + $"Math.min(r.width / 2, 40)) + ' ' + (r.top + r.height / "
                + $"2))(e.getBoundingClientRect())))(document.querySelector('{selector}'))"))
            .Split(' ')
            .Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture))
            .ToList();
        foreach (var type in click ? new[] { "mouseMoved", "mousePressed", "mouseReleased" } : ["mouseMoved"])
        {
            _ = await AskAsync(
                "Input.dispatchMouseEvent",
                new
                {
                    type,
                    x = place[0],
                    y = place[1],
                    button = type == "mouseMoved" ? "none" : "left",
                    clickCount = type == "mouseMoved" ? 0 : 1,
                });
        }
    }

    public async Task WheelAsync(double x, double y, double by) =>
        _ = await AskAsync(
            "Input.dispatchMouseEvent",
            new
            {
                type = "mouseWheel",
                x,
                y,
                deltaX = 0,
                deltaY = by,
            });

    /// <summary>The page as printed: a PDF in A4.</summary>
    public async Task<byte[]> PrintAsync() =>
        (await AskAsync("Page.printToPDF", new { printBackground = true, paperWidth = 8.27, paperHeight = 11.69 }))
            .GetProperty("data")
            .GetBytesFromBase64();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _ending.Dispose();
        _sending.Dispose();
        _host.Dispose();
    }

    private static Socket Connected(DnsEndPoint to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(to.Host, to.Port);
        return socket;
    }

    private async Task<JsonElement> AskAsync(string method, object parameters)
    {
        var number = Interlocked.Increment(ref _number);
        var answer = _asked[number] = new TaskCompletionSource<JsonElement>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        var message = JsonSerializer.SerializeToUtf8Bytes(
            _session is null
                ? new
                {
                    id = number,
                    method,
                    @params = parameters,
                }
                : (object)
                    new
                    {
                        id = number,
                        method,
                        @params = parameters,
                        sessionId = _session,
                    });
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _ = _sending.Release();
        }

        return await answer.Task.WaitAsync(Limit);
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, _ending.Token);
            message.Write(buffer.AsSpan(0, part.Count));
            if (part.EndOfMessage)
            {
                Take(JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray())).RootElement);
                message.SetLength(0);
            }
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out var id) && _asked.TryRemove(id.GetInt32(), out var asked))
        {
            _ = message.TryGetProperty("result", out var result)
                ? asked.TrySetResult(result)
                : asked.TrySetException(new InvalidOperationException(message.GetRawText()));
            return;
        }

        switch (message.TryGetProperty("method", out var method) ? method.GetString() : null)
        {
            case "Runtime.exceptionThrown":
                Complaints.Enqueue(message.GetRawText());
                break;
            case "Log.entryAdded"
                when message.GetProperty("params").GetProperty("entry").GetProperty("level").GetString()
                    is "error"
                        or "warning":
                Complaints.Enqueue(message.GetRawText());
                break;
            case "Runtime.consoleAPICalled":
                Complaints.Enqueue(message.GetRawText());
                break;
            case "Network.requestWillBeSent":
                Requests.Enqueue(message.GetProperty("params").GetProperty("request").GetProperty("url").GetString()!);
                break;
            default:
                break;
        }
    }
}
