using System.Net;
using System.Security.Cryptography;
using System.Text;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Pages;

/// <summary>
/// The page of <c>/ui</c>: a frame that its script fills with data from the daemon. It loads nothing from elsewhere,
/// and no other script may run in it.
/// </summary>
internal static class LivePage
{
    /// <summary>The selectable periods, in minutes.</summary>
    public static IReadOnlyDictionary<int, string> Minutes { get; } =
        new Dictionary<int, string>
        {
            [15] = "15 minutes",
            [60] = "hour",
            [360] = "6 hours",
            [1440] = "24 hours",
            [10080] = "7 days",
        };

    public static byte[] Html { get; } = Encoding.UTF8.GetBytes($"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>GaleraGate</title><link rel="icon" href="data:,"><style>{PageFile.Css}</style>
        </head><body data-version="{WebUtility.HtmlEncode(About.Version)}">
        <header><h1 id="node">GaleraGate</h1>
        <p role="status"><strong id="gate">asking</strong> <span id="words"></span></p></header>
        <noscript><p>This page needs its script. The same is at <a href="status">/status</a> as JSON, and at the
        terminal: galeragate status.</p></noscript>
        <p id="lost" role="alert"></p>
        <ul id="tiles" aria-label="Every node of the cluster"></ul>
        <p id="notes" class="quiet"></p>
        <h2><label for="minutes">The last</label>
        <select id="minutes">{string.Concat(Minutes.Select(Choice))}</select></h2>
        {PageFile.Legend}
        <p class="quiet">All times are UTC. Wheel or pinch zooms, dragging moves, a click or Enter says what led there.
        <button id="whole" type="button">whole time</button></p>
        <p id="trouble" role="status" hidden></p>
        <svg id="lanes" role="group"
          aria-label="Swimlanes of node state, gate and rule of each node over time"></svg>
        <p id="told" class="quiet"></p><div id="tip" hidden></div>
        <div id="chain" aria-live="polite"><p>What led to a stretch, a mark or a row stands here.</p></div>
        <h2>What happened last</h2>
        <p class="quiet"><label><input type="checkbox" id="every"> each rule and verdict too</label></p>
        <div class="scroll"><table id="recent">
        <thead><tr><th scope="col">time</th><th scope="col">what</th><th scope="col">event</th></tr></thead>
        <tbody></tbody></table></div>
        <h2>This node</h2>
        <dl id="facts"></dl>
        <script>{PageFile.Script}</script></body></html>

        """);

    /// <summary>The content security policy for the page.</summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src '{Hash(PageFile.Css)}'; script-src '{Hash(PageFile.Script)}'; connect-src "
        + "'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static string Choice(KeyValuePair<int, string> row) =>
        $"<option value=\"{row.Key}\"{(row.Key == 360 ? " selected" : "")}>{row.Value}</option>";

    private static string Hash(string text) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
