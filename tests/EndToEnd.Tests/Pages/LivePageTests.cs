using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Pages;

/// <summary>The live page in a real browser next to a real daemon. PICTURES=DIR keeps pictures of it.</summary>
public sealed class LivePageTests : IDisposable
{
    private const string Hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    private const string Address = "http://127.0.0.1:9200/ui";

    private static readonly string[] Http = ["--http", "9200"];
    private static readonly Dictionary<string, string> Writable = new() { ["read_only"] = "OFF", ["wsrep_on"] = "ON" };
    private static readonly Dictionary<string, string> ReadOnly = new()
    {
        ["read_only"] = "ON",
        ["wsrep_on"] = "ON",
        ["wsrep_sst_method"] = Hostile,
    };

    private readonly DryDaemon _dry = new(Http);

    public void Dispose() => _dry.Dispose();

    [Theory]
    [InlineData(1280, false)]
    [InlineData(420, true)]
    public async Task The_page_follows_the_gate_and_works_with_pointer_and_keyboard(int width, bool dark)
    {
        _dry.AwaitOpen();
        await using var browser = await Browser.OpenAsync(Address, width, 1000, dark, _dry.Space);
        browser.Await(
            "document.getElementById('gate').textContent === 'open' && document.querySelectorAll('.span.gate').length "
            + "> 0");
        Assert.Equal("n1: open", await browser.EvaluateAsync("document.title"));

        _dry.Node.Variables = ReadOnly;
        browser.Await("document.getElementById('gate').textContent === 'closed'");
        Assert.Equal(
            "n1: gate closed, node unfit: read-only (the server is read-only)",
            await browser.EvaluateAsync("document.getElementById('words').textContent"));
        Assert.Equal("bad", await browser.EvaluateAsync("document.getElementById('gate').className"));
        browser.Await("document.querySelector('#tiles .tile.bad')?.innerText.includes('read_only is ON')");
        browser.Await("document.querySelector('link[rel=icon]').href.includes('b03028')");
        browser.Await("document.querySelectorAll('.cause.bad').length > 0");
        Assert.Equal(0, _dry.Gate.Ask("hold", "--reason", Hostile).ExitCode);
        browser.Await(
            $"document.getElementById('facts').innerText.includes({System.Text.Json.JsonSerializer.Serialize(Hostile)})"
        );
        Assert.Equal(0, _dry.Gate.Ask("release").ExitCode);
        _dry.Node.Variables = Writable;
        _dry.AwaitOpen();

        // Node: unknown, synced. Gate: closed, opening, open, closed, held, closed, opening, open. The page received
        // all of it without a reload.
        browser.Await(
            "document.querySelectorAll('.span.gate').length === 8 && document.querySelectorAll('.span.node').length "
            + "=== 2");
        Assert.Equal("true", await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth"));
        Assert.Equal(
            dark ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)",
            await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"));

        // The keyboard reaches a stretch, and the daemon's next message does not move the focus.
        Assert.Equal(
            "true",
            await browser.EvaluateAsync(
                "(document.querySelector('.span.gate.bad ~ .span.gate.bad').focus(), "
                + "document.activeElement.classList.contains('span'))"));
        var heard = await browser.EvaluateAsync("document.getElementById('facts').innerText");
        browser.Await(
            $"document.getElementById('facts').innerText !== {System.Text.Json.JsonSerializer.Serialize(heard)}");
        Assert.Equal("true", await browser.EvaluateAsync("document.activeElement.classList.contains('span')"));
        await browser.PressAsync("Enter");
        Assert.Equal(
            "ObservationChanged VerdictChanged GateClosed",
            await browser.EvaluateAsync(
                "[...document.querySelectorAll('#chain li strong')].map(e => e.innerText.trim()).join(' ')"));
        Assert.Contains(
            Hostile,
            await browser.EvaluateAsync("document.getElementById('chain').innerText"),
            StringComparison.Ordinal);
        await browser.PointAsync("#recent tbody tr:first-child", click: true);
        Assert.NotEqual("0", await browser.EvaluateAsync("document.querySelectorAll('#chain li').length"));
        _ = await browser.EvaluateAsync(
            "(m => (m.value = '15', m.dispatchEvent(new Event('change'))))(document.getElementById('minutes'))");
        browser.Await(
            "Math.max(...[...document.querySelectorAll('.span')].map(s => s.getBoundingClientRect().right)) <= "
            + "innerWidth");

        await KeepAsync(browser, $"live-{width}-{(dark ? "dark" : "light")}");
        Assert.Empty(browser.Complaints);
        Assert.All(
            browser.Requests,
            request =>
                Assert.True(
                    request.StartsWith("http://127.0.0.1:9200/ui", StringComparison.Ordinal)
                        || request.StartsWith("data:", StringComparison.Ordinal),
                    request));
    }

    [Fact]
    public async Task The_page_reports_a_frozen_or_dead_daemon_and_follows_the_next_one()
    {
        _dry.AwaitOpen();
        await using var browser = await Browser.OpenAsync(Address, 1000, 800, false, _dry.Space);
        browser.Await("document.getElementById('gate').textContent === 'open'");
        Assert.Equal("", await browser.EvaluateAsync("document.getElementById('lost').textContent"));

        _dry.Gate.Signal("-STOP");
        browser.Await(
            "document.body.classList.contains('lost') && document.getElementById('lost').textContent.includes('may "
            + "not be so now')");
        await KeepAsync(browser, "live-lost");
        _dry.Gate.Signal("-CONT");
        browser.Await("document.getElementById('lost').textContent === ''");

        _dry.Gate.Kill();
        browser.Await("document.body.classList.contains('lost')");
        _dry.Restart(Http);
        browser.Await(
            "document.getElementById('lost').textContent === '' && document.getElementById('gate').textContent === "
            + "'open'");
        var started = _dry.Gate.Events(nameof(DaemonStarted))[^1].GetProperty("seq").GetInt64();
        browser.Await($"document.getElementById('recent').innerText.includes('#{started}')");
    }

    [Fact]
    public async Task The_other_nodes_of_an_archive_keep_their_last_state_while_it_is_down()
    {
        using var server = PostgresServer.Begin();
        Assert.Equal(0, Shell.Try(GateDaemon.Binary, ["archive", "init", "--archive", server.Connection]).ExitCode);
        using var other = new DryDaemon("--node", "n2", "--archive", server.Connection, "--cluster", "prod");
        other.AwaitOpen();
        using var elsewhere = new DryDaemon("--node", "n3", "--archive", server.Connection, "--cluster", "another");
        _dry.Restart([.. Http, "--archive", server.Connection, "--cluster", "prod"]);
        _dry.AwaitOpen();

        await using var browser = await Browser.OpenAsync(Address, 1280, 900, false, _dry.Space);
        browser.Await("[...document.querySelectorAll('text.node')].map(t => t.textContent).join(' ') === 'n1 n2'");
        other.Node.Variables = ReadOnly;
        browser.Await(
            "[...document.querySelectorAll('.span.gate.bad')].some(s => s.getAttribute('aria-label').startsWith('n2 "
            + "gate Closed') && s.getAttribute('aria-label').endsWith('the end'))");
        Assert.Contains(
            "a node that is down sends nothing: its bars may be stale. Last event: n2 ",
            await browser.EvaluateAsync("document.getElementById('told').textContent"),
            StringComparison.Ordinal);
        browser.Await("document.querySelectorAll('rect.band').length > 0");
        browser.Await(
            "[...document.querySelectorAll('#tiles .tile')].some(t => t.innerText.includes('n2') && "
            + "t.innerText.includes('the archive knows it'))");
        await KeepAsync(browser, "live-cluster");

        // Nothing is known about a node that does not answer after its last event. That time is hatched, and on no
        // other node's lane.
        Shell.Await(
            () => browser.EvaluateAsync(HatchedSince("n2")).GetAwaiter().GetResult()
                == other.Gate.Events()[^1].GetProperty("at").GetString()![..19],
            TimeSpan.FromSeconds(20),
            "n2 to be hatched after its last event");
        Assert.Equal("1", await browser.EvaluateAsync("document.querySelectorAll('rect.hatch').length"));
        Assert.Equal(
            "true",
            await browser.EvaluateAsync(
                "(h => h.x > 118 && h.right <= innerWidth && h.width > 0)(document.querySelector('rect.hatch')"
                + ".getBoundingClientRect())"));
        browser.Await("document.title === 'n1: open, 1 of 2 open'");
        browser.Await("document.querySelector('link[rel=icon]').href.includes('8f5c0f')");

        server.Kill();
        _ = await browser.EvaluateAsync(
            "(m => (m.value = '15', m.dispatchEvent(new Event('change'))))(document.getElementById('minutes'))");
        browser.Await("document.getElementById('trouble').textContent.includes('does not answer')");
        Assert.Equal(
            "n1 n2",
            await browser.EvaluateAsync("[...document.querySelectorAll('text.node')].map(t => t.textContent).join(' ')")
        );
        Assert.DoesNotContain(
            "Password", await browser.EvaluateAsync("document.body.innerText"), StringComparison.Ordinal);
    }

    private static string HatchedSince(string node) =>
        $"document.querySelector('rect.hatch[data-node={node}]')?.dataset.since.slice(0, 19)";

    private static async Task KeepAsync(Browser browser, string name)
    {
        if (Environment.GetEnvironmentVariable("PICTURES") is { } folder)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), await browser.PictureAsync());
        }
    }
}
