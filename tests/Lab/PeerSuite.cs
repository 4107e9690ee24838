using System.Globalization;
using System.Text.RegularExpressions;

namespace GaleraGate.Lab;

/// <summary>
/// MariaDB's own Galera tests, run in a namespace with a galeragate on each server that they start. They do things to a
/// cluster that this project's tests did not think of. A separate poller judges each server by its answers and checks
/// from outside whether the gate is open.
/// </summary>
public static partial class PeerSuite
{
    private const string Home = "/usr/share/mysql/mysql-test";
    private const int Servers = 4;

    /// <summary>
    /// Runs the named tests (for example galera.galera_read_only), or all suites if no name is given, and prints the
    /// findings.
    /// </summary>
    /// <returns>
    /// Exit code 1 when a test fails only with galeragate, or when a gate was open that should have been closed; 2 when
    /// no test ran.
    /// </returns>
    public static int Run(IReadOnlyList<string> tests, IReadOnlyList<string> daemonOptions)
    {
        using var host = new LabHost();
        var (server, client) = host.AddLinkedSpaces();
        var results = Tried(host, server, client, tests, daemonOptions, out var watched);
        var failed = results.Where(one => one.Value == "fail").Select(one => one.Key).ToList();
        // Failed tests run again without galeragate, because some fail on this host in any case.
        var alone = failed.Count == 0 ? [] : Play(server, Path.Combine(host.Folder, "alone", "var"), failed);
        var ours = failed.Where(name => alone.GetValueOrDefault(name) != "fail").ToList();

        foreach (var (outcome, group) in results.GroupBy(one => one.Value).Select(one => (one.Key, one)))
        {
            Console.WriteLine($"{outcome}: {group.Count()}");
        }

        foreach (var (name, _) in results.Where(one => one.Value == "fail"))
        {
            Console.WriteLine($"fails {(ours.Contains(name) ? "WITH GALERAGATE ALONE" : "without it too")}: {name}");
        }

        return results.Count == 0 ? 2 : watched & ours.Count == 0 ? 0 : 1;
    }

    private static Dictionary<string, string> Tried(
        LabHost host, Space server, Space client, IReadOnlyList<string> tests, IReadOnlyList<string> daemonOptions,
        out bool isWell)
    {
        var folder = Path.Combine(host.Folder, "with", "var");
        var credentials = Path.Combine(host.Folder, "root.cnf");
        File.WriteAllText(credentials, "[client]\nuser=root\n");
        File.SetUnixFileMode(credentials, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var watches = new List<ServerWatch>();
        var daemons = new List<GateDaemon>();
        try
        {
            for (var number = 1; number <= Servers; number++)
            {
                var socket = Path.Combine(folder, "tmp", $"mysqld.{number}.sock");
                var (gate, behind) = (13300 + number, 13400 + number);
                daemons.Add(GateDaemon.StartIn(
                    server, Path.Combine(host.Folder, $"journal-{number}"),
                    [
                        "--node", $"s{number}", "--socket", socket, "--defaults-extra-file", credentials,
                        "--check-interval", "100ms", "--gate-port", $"{gate}", "--server-port", $"{behind}",
                        .. daemonOptions,
                    ]));
                watches.Add(new ServerWatch(socket, server, client, gate, behind));
            }

            var results = Play(server, folder, tests);
            isWell = true;
            foreach (var (watch, daemon) in watches.Zip(daemons))
            {
                watch.Dispose();
                daemon.Stop();
                isWell &= Says(watch, daemon);
            }

            return results;
        }
        finally
        {
            watches.ForEach(watch => watch.Dispose());
            daemons.ForEach(daemon => daemon.Dispose());
        }
    }

    /// <summary>The findings of a server's poller and of its journal.</summary>
    private static bool Says(ServerWatch watch, GateDaemon daemon)
    {
        var events = daemon.Events();
        int Count(string type, Func<System.Text.Json.JsonElement, bool>? which = null) =>
            events.Count(one => one.GetProperty("type").GetString() == type && which?.Invoke(one) is not false);
        var anomalous = Count("NodeStateChanged", RecordedEvent.IsAnomalous);
        var unrecognized = Count("VerdictChanged", RecordedEvent.IsUnrecognized);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileName(watch.Socket)}: {watch.Polls} polls, {watch.Unfit} of them unfit; "
            + $"{Count("GateOpened")} openings, {Count("NodeStateChanged")} changes of state, {anomalous} anomalous; "
            + $"{unrecognized} answers not recognized; "
            + $"open while unfit at most {watch.Worst.TotalSeconds:0.00} s ({watch.WorstWhy})"));
        foreach (var late in watch.TooLong)
        {
            Console.WriteLine($"    OPEN TOO LONG: {late}");
        }

        foreach (var one in events.Where(one => one.IsAnomalous() || one.IsUnrecognized()))
        {
            Console.WriteLine($"    {one}");
        }

        return anomalous == 0 && unrecognized == 0 && watch.TooLong.Count == 0;
    }

    /// <summary>Runs tests and returns each test's outcome in mtr's words.</summary>
    private static Dictionary<string, string> Play(Space server, string folder, IReadOnlyList<string> tests)
    {
        // mtr deletes this folder and creates it again.
        var parent = Path.GetDirectoryName(folder)!;
        _ = Directory.CreateDirectory(parent);
        Shell.Run("chown", ["mysql:", parent]);
        using var mtr = server.Start(
            "setpriv",
            [
                "--reuid", "mysql", "--regid", "mysql", "--init-groups", "env", "-C", Home, $"{Home}/mtr",
                $"--vardir={folder}", "--force", "--max-test-fail=0", "--retry=0", "--testcase-timeout=10",
                "--suite-timeout=1000", "--nocheck-testcases",
                .. tests.Count > 0 ? tests : ["--suite=galera,galera_3nodes,galera_sr,wsrep"],
            ]);
        mtr.StandardInput.Close();
        var error = mtr.StandardError.ReadToEndAsync();
        var (results, said) = (new Dictionary<string, string>(), "");
        while (mtr.StandardOutput.ReadLine() is { } line)
        {
            said = line.Length > 0 ? line : said;
            if (Outcome().Match(line) is { Success: true } match)
            {
                var (name, outcome) = (match.Groups[1].Value, match.Groups[3].Value);
                // A test that runs in several combinations has failed if any of them has.
                results[name] = results.GetValueOrDefault(name) == "fail" ? "fail" : outcome;
                Console.WriteLine(line);
            }
        }

        mtr.WaitForExit();
        if (results.Count == 0)
        {
            Console.Error.WriteLine($"mtr ran no test: {said}\n{error.Result}".TrimEnd());
        }

        return results;
    }

    [GeneratedRegex(
        @"^([a-z_0-9]+\.[A-Za-z_0-9#-]+)\s+(?:('[^']*')\s+)?(?:w\d+\s+)?\[ (pass|fail|skipped|disabled) \]")]
    private static partial Regex Outcome();
}
