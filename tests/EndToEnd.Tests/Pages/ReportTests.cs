using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Pages;

/// <summary>
/// The incident report in a real browser: it draws, reacts to the pointer, logs no errors and requests nothing from the
/// network.
/// </summary>
public sealed class ReportTests : IDisposable
{
    private const string Hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>";

    private readonly DryDaemon _dry = new();

    public ReportTests()
    {
        _dry.AwaitOpen();
        _dry.Node.Variables = new Dictionary<string, string>
        {
            ["read_only"] = "ON",
            ["wsrep_on"] = "ON",
            ["wsrep_sst_method"] = Hostile,
        };
        _dry.AwaitOpen(false);
        _dry.Node.Variables = new Dictionary<string, string> { ["read_only"] = "OFF", ["wsrep_on"] = "ON" };
        _dry.AwaitOpen();
        _dry.Gate.AwaitEvent(nameof(GateOpened), 2);
    }

    private string Page => Path.Combine(_dry.Folder, "incident.html");

    public void Dispose() => _dry.Dispose();

    [Theory]
    [InlineData(1280, false)]
    [InlineData(420, true)]
    public async Task The_report_draws_every_lane_reacts_to_the_pointer_and_loads_nothing(int width, bool dark)
    {
        var closed = _dry
            .Gate.Events(nameof(GateClosed))[0]
            .GetProperty("seq")
            .GetInt64()
            .ToString(CultureInfo.InvariantCulture);
        Assert.Equal(
            0,
            Shell
                .Try(GateDaemon.Binary, ["audit", "annotate", closed, Hostile, "--control", _dry.Gate.Control])
                .ExitCode);
        Assert.Equal(0, Ask("-o", Page).ExitCode);

        await using var browser = await Browser.OpenAsync("file://" + Page, width, 900, dark);

        // Node: unknown, synced. Gate: closed, opening, open, closed, opening, open. A dry run has no redirect.
        Assert.Equal(
            "2 6 1",
            await browser.EvaluateAsync(
                "['node', 'gate', 'rule'].map(lane => document.querySelectorAll('.span.' + lane).length).join(' ')"));
        Assert.Equal(
            "true",
            await browser.EvaluateAsync(
                "[...document.querySelectorAll('.span')].every(s => s.getBoundingClientRect().width > 0 && "
                + "s.getBoundingClientRect().right <= innerWidth)"));
        Assert.Equal("true", await browser.EvaluateAsync("document.documentElement.scrollWidth <= innerWidth"));
        Assert.Equal(
            "true true false",
            await browser.EvaluateAsync(
                "['details.incident', '.cause.bad', 'rect.band'].map(one => "
                + "document.querySelector(one) !== null).join(' ')"));
        Assert.Equal(
            dark ? "rgb(20, 24, 29)" : "rgb(255, 255, 255)",
            await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor"));

        await browser.PointAsync(".span.gate.bad ~ .span.gate.bad", click: false);
        Assert.Contains(
            "n1 gate: Closed",
            await browser.EvaluateAsync("document.getElementById('tip').innerText"),
            StringComparison.Ordinal);
        Assert.Equal(
            "true",
            await browser.EvaluateAsync(
                "(r => r.left >= 0 && r.right <= innerWidth)(document.getElementById('tip').getBoundingClientRect())"));
        await browser.PointAsync($"tr[data-event=\"n1/{closed}\"]", click: true);
        Assert.Equal(
            "ObservationChanged VerdictChanged GateClosed",
            await browser.EvaluateAsync(
                "[...document.querySelectorAll('#chain li strong')].map(e => e.innerText.trim()).join(' ')"));
        Assert.Contains(
            Hostile,
            await browser.EvaluateAsync("document.querySelector('#chain .note').innerText"),
            StringComparison.Ordinal);
        Assert.Contains(
            Hostile,
            await browser.EvaluateAsync("document.querySelector('#chain').innerText"),
            StringComparison.Ordinal);

        var before = double.Parse(
            await browser.EvaluateAsync("document.querySelector('.span.node.good').getBoundingClientRect().width"),
            CultureInfo.InvariantCulture);
        var top = double.Parse(
            await browser.EvaluateAsync(
                "(e => (e.scrollIntoView({ behavior: 'instant' }), "
                + "e.getBoundingClientRect().top))(document.querySelector('#lanes'))"),
            CultureInfo.InvariantCulture);
        await browser.WheelAsync(width * 0.7, top + 50, -600);
        Shell.Await(
            () =>
                double.Parse(
                    browser
                        .EvaluateAsync("document.querySelector('.span.node.good').getBoundingClientRect().width")
                        .GetAwaiter()
                        .GetResult(),
                    CultureInfo.InvariantCulture)
                > before * 1.2,
            TimeSpan.FromSeconds(10), "the wheel to zoom");
        var paper = Encoding.Latin1.GetString(await browser.PrintAsync());
        Assert.InRange(Regex.Count(paper, @"/Type\s*/Page\b"), 1, 2);

        Assert.Empty(browser.Complaints);
        Assert.Equal(
            ["file://" + Page],
            browser.Requests.Where(address => !address.StartsWith("data:", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public void An_impossible_report_is_refused_in_one_line_and_writes_no_file()
    {
        Assert.Equal(2, Ask().ExitCode);
        var (exitCode, _, error) = Ask("-o", Page, "--until", "2020-01-01");
        Assert.Equal(
            (2, true, false),
            (exitCode, error.Contains("nothing is recorded in ", StringComparison.Ordinal), File.Exists(Page)));
        Assert.Equal(2, Ask("-o", "/does/not/exist.html").ExitCode);
    }

    private (int ExitCode, string Output, string Error) Ask(params string[] arguments) =>
        Shell.Try(GateDaemon.Binary, ["audit", "report", "--journal", _dry.Gate.Journal, .. arguments]);
}
