using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Tests.Firewall;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Iptables;

/// <summary>
/// The real iptables in namespaces of their own, judged by what clients meet. A listener on 3306 stands in for the
/// server; both variants are tested.
/// </summary>
public sealed class IptablesGateTests : IDisposable
{
    private static readonly Redirect OpenAt7 = new(7, 7);
    private static readonly Redirect ClosedBy9 = new(null, 9);

    private readonly LabHost _host = new();
    private readonly Space _server;
    private readonly Space _client;
    private readonly Socket[] _listeners;
    private readonly string _path = Environment.GetEnvironmentVariable("PATH")!;

    public IptablesGateTests()
    {
        (_server, _client) = _host.AddLinkedSpaces();

        _listeners = [_server.Greet(IPAddress.Any, 3306), _server.Greet(IPAddress.IPv6Any, 3306)];
    }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        _host.Dispose();
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public Task Clients_of_both_families_get_through_exactly_while_the_gate_is_open(string variant) =>
        InServer(
            variant,
            async gate =>
    {
        foreach (var (family, address) in new[] { (Family.Ipv4, "10.77.0.1"), (Family.Ipv6, "fd77::1") })
        {
            var closed = await gate.ConvergeAsync(family, ClosedBy9, CancellationToken.None);
            Assert.All(closed.Facts, fact => Assert.False(Assert.IsType<RuleCame>(fact).IsRedirect));
            Assert.Equal(Meets.Refused, GatePort.Meet(_client, address));

            var opened = await gate.ConvergeAsync(family, OpenAt7, CancellationToken.None);
            var added = Assert.IsType<RuleCame>(Assert.Single(opened.Facts));
            Assert.True(added.IsRedirect);
            Assert.Equal((family, 0, 7L), (added.Change.Family, added.Change.ExitCode, opened.Cause));
            Assert.Contains("galeragate:n1:7", added.Change.Rule, StringComparison.Ordinal);
            Assert.Equal(Meets.Server, GatePort.Meet(_client, address));
            Assert.Equal(7, (await gate.LookAsync(family, CancellationToken.None)).Opened);
            Assert.Empty((await gate.ConvergeAsync(family, OpenAt7, CancellationToken.None)).Facts);

            Assert.True(
                Assert
                    .IsType<RuleWent>(
                        Assert.Single(
                            (await gate.ConvergeAsync(family, ClosedBy9, CancellationToken.None)).Facts))
                    .IsRedirect);
            Assert.Equal(Meets.Refused, GatePort.Meet(_client, address));
        }
    });

    [Theory]
    [InlineData("nft")]
    [InlineData("legacy")]
    public Task A_purge_leaves_nothing_and_keeps_foreign_rules_with_their_counters(string variant) =>
        InServer(
            variant,
            async gate =>
    {
        var table = $"iptables-{variant}";
        _server.Run(
            table,
            [
                "-t",
                "nat",
                "-A",
                "PREROUTING",
                "-p",
                "tcp",
                "--dport",
                "99",
                "-j",
                "REDIRECT",
                "--to-ports",
                "3306",
            ]);
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1", 99));
        var before = Counters();

        await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        var purged = await gate.PurgeAsync(Family.Ipv4, CancellationToken.None);

        Assert.All(purged.Facts, fact => Assert.False(Assert.IsType<RuleWent>(fact).IsRedirect));
        Assert.Equal(before, Counters());
        Assert.Empty((await gate.PurgeAsync(Family.Ipv4, CancellationToken.None)).Facts);

        string Counters() =>
            string.Join(
                '\n',
                _server
                    .Run($"{table}-save", ["-c", "-t", "nat"])
                    .Split('\n')
                    .Where(line => line.StartsWith('[')));
    });

    [Fact]
    public Task Any_change_to_our_rules_by_another_program_is_corrected() => InServer("nft", async gate =>
    {
        string[] mischief =
        [
            "-F GALERAGATE-3308",
            "-F PREROUTING",
            "-I GALERAGATE-3308 1 -p tcp --dport 3308 -j REDIRECT --to-ports 3306",
            "-D GALERAGATE-3308 1",
            "-A PREROUTING -j GALERAGATE-3308",
            "-F",
            "-R GALERAGATE-3308 2 -p tcp --dport 3308 -j REDIRECT --to-ports 22",
        ];
        foreach (var command in mischief)
        {
            await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
            _server.Run("iptables", ["-t", "nat", .. command.Split(' ')]);

            var mended = await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);

            Assert.NotEmpty(mended.Facts);
            Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
            Assert.Empty((await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None)).Facts);
        }

        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        _server.Run(
            "iptables",
            [
                "-t",
                "nat",
                "-A",
                "GALERAGATE-3308",
                "-p",
                "tcp",
                "--dport",
                "3308",
                "-j",
                "REDIRECT",
                "--to-ports",
                "3306",
            ]);
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
    });

    [Fact]
    public Task Only_named_sources_get_through_and_a_family_without_any_is_closed() => InServer("nft", async _ =>
    {
        using var elsewhere = new IptablesGate(Rules([IPNetwork.Parse("192.0.2.0/24")]));
        using var here = new IptablesGate(Rules([IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("10.77.0.2/32")]));

        await elsewhere.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
        await here.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        await here.ConvergeAsync(Family.Ipv6, OpenAt7, CancellationToken.None);
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "fd77::1"));
        Assert.Equal(7, (await here.LookAsync(Family.Ipv4, CancellationToken.None)).Opened);
        Assert.Null((await elsewhere.LookAsync(Family.Ipv4, CancellationToken.None)).Opened);
    });

    [Fact]
    public Task Local_clients_are_redirected_only_if_enabled_and_only_to_this_host() =>
        InServer(
            "nft",
            async gate =>
    {
        using var local = new IptablesGate(Rules([], localClients: true));
        await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.1"));

        await local.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        Assert.Equal(Meets.Server, GatePort.Meet(_server, "10.77.0.1"));
        Assert.Equal(Meets.Server, GatePort.Meet(_server, "127.0.0.1"));

        // Another node's closed gate must not lead to our own server.
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.2"));

        // After a restart without the option, the jump is removed.
        await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        Assert.Equal(Meets.Refused, GatePort.Meet(_server, "10.77.0.1"));
    });

    [Fact]
    public Task A_redirect_left_in_the_other_iptables_variant_is_found_and_removed() => InServer("nft", async _ =>
    {
        Use("legacy");
        using (var before = new IptablesGate(Rules([])))
        {
            await before.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        }

        Use("nft");
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        using var after = new IptablesGate(Rules([]));
        var closed = await after.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);

        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
        Assert.Contains(
            closed.Facts,
            fact =>
                fact is RuleWent { IsRedirect: true, Change.Argv: var argv }
                && argv.Contains("legacy", StringComparison.Ordinal));
    });

    [Fact]
    public Task The_generation_changes_with_each_change_but_not_with_a_listing() =>
        InServer(
            "nft",
            async gate =>
    {
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        var first = gate.Generation(Family.Ipv4);
        Assert.NotNull(first);
        _server.Run("iptables", ["-t", "nat", "-S"]);
        Assert.Equal(first, gate.Generation(Family.Ipv4));
        _server.Run("iptables", ["-A", "INPUT", "-j", "ACCEPT"]);
        Assert.NotEqual(first, gate.Generation(Family.Ipv4));
    });

    [Fact]
    public Task The_legacy_tables_have_no_generation() => InServer("legacy", async gate =>
    {
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        Assert.Null(gate.Generation(Family.Ipv4));
    });

    [Theory]
    [InlineData("exit 4", 4, "another program holds the xtables lock")]
    [InlineData("echo 'iptables-restore: line 3 failed' >&2; exit 1", 1, "line 3 failed")]
    [InlineData("exec sleep 60", -1, "took longer")]
    public Task A_failed_command_is_reported_with_its_message_and_does_not_count_as_done(
        string script,
        int exitCode,
        string words
    ) =>
        InServer(
            "nft",
            async gate =>
    {
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        var folder = Path.Combine(_host.Folder, "bin");
        Directory.CreateDirectory(folder);
        Fake(folder, "iptables-restore", script);
        Environment.SetEnvironmentVariable("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}");

        var failed = await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        var other = await gate.ConvergeAsync(Family.Ipv6, OpenAt7, CancellationToken.None);

        var failure = Assert.IsType<ChangeFailed>(Assert.Single(failed.Facts));
        Assert.Equal(exitCode, failure.Change.ExitCode);
        Assert.Contains(words, failure.StandardError, StringComparison.Ordinal);
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
        Assert.Contains(other.Facts, fact => fact is RuleCame { IsRedirect: true });
        Assert.Equal(Meets.Server, GatePort.Meet(_client, "fd77::1"));
    });

    [Fact]
    public Task A_command_that_worked_but_reported_failure_is_recorded_as_both() => InServer("nft", async gate =>
    {
        await gate.ConvergeAsync(Family.Ipv4, ClosedBy9, CancellationToken.None);
        var folder = Path.Combine(_host.Folder, "bin");
        Directory.CreateDirectory(folder);
        Fake(folder, "iptables-restore", "/usr/sbin/iptables-nft-restore \"$@\"; exit 3");
        Environment.SetEnvironmentVariable("PATH", $"{folder}:{Environment.GetEnvironmentVariable("PATH")}");

        var result = await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);

        Assert.Contains(result.Facts, fact => fact is RuleCame { IsRedirect: true });
        Assert.Contains(result.Facts, fact => fact is ChangeFailed);
    });

    [Fact]
    public Task An_iptables_that_does_not_run_is_reported() => InServer("nft", async gate =>
    {
        using var hidden = new HiddenCommands(_host);
        var seen = await gate.LookAsync(Family.Ipv4, CancellationToken.None);

        Assert.Null(seen.Opened);
        Assert.Null(seen.Redirects);
        Assert.Equal(127, seen.Failure!.Change.ExitCode);
    });

    /// <summary>
    /// Another process holds the lock: the legacy tools wait for it, even to list. A close ends an opening that waits.
    /// </summary>
    [Fact]
    public Task A_close_overtakes_an_opening_that_waits_for_the_lock() => InServer("legacy", async gate =>
    {
        var signals = new List<Signal>();
        using var ending = new CancellationTokenSource();
        var worker = new RedirectWorker(gate, Family.Ipv4, Signals.Into(signals));
        var working = worker.RunAsync(ending.Token);
        worker.Want(ClosedBy9);
        await Signals.UntilAsync(() => signals.OfType<RedirectChanged>().Any());
        using (var held = Shell.Start("flock", ["/run/xtables.lock", "sleep", "2.5"]))
        {
            worker.Want(OpenAt7);
            await Task.Delay(300);
            worker.Want(new Redirect(null, 11));
            await held.WaitForExitAsync();
        }

        await Signals.UntilAsync(() => signals.OfType<RedirectReported>().Any());
        await Task.Delay(1500);
        var facts = signals.OfType<RedirectChanged>().SelectMany(signal => signal.Result.Facts).ToList();
        Assert.DoesNotContain(facts, fact => fact is RuleCame { IsRedirect: true });
        Assert.DoesNotContain(
            facts,
            fact =>
                fact is ChangeFailed { StandardError: var words }
                && words.Contains("no longer wanted", StringComparison.Ordinal));
        Assert.Equal(Meets.Refused, GatePort.Meet(_client, "10.77.0.1"));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
    });

    [Fact]
    public Task A_worker_reports_existing_rules_and_restores_them_after_a_flush() => InServer("nft", async gate =>
    {
        await gate.ConvergeAsync(Family.Ipv4, OpenAt7, CancellationToken.None);
        var signals = new List<Signal>();
        using var ending = new CancellationTokenSource();
        var worker = new RedirectWorker(gate, Family.Ipv4, Signals.Into(signals));
        var working = worker.RunAsync(ending.Token);
        await Signals.UntilAsync(() => signals.Count > 0);
        Assert.Equal(7, Assert.IsType<RedirectReported>(signals[0]).Opened);

        worker.Want(OpenAt7);
        await Task.Delay(700);
        Assert.Single(signals);
        _server.Run("iptables", ["-t", "nat", "-F"]);
        await Signals.UntilAsync(() =>
            signals
                .OfType<RedirectChanged>()
                .Any(changed => changed.Result.Facts.Any(fact => fact is RuleCame { IsRedirect: true })));

        Assert.Equal(Meets.Server, GatePort.Meet(_client, "10.77.0.1"));
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => working);
    });

    private static GateRules Rules(IReadOnlyList<IPNetwork> sources, bool localClients = false) =>
        new("n1", 3308, 3306, sources, localClients);

    private static void Fake(string folder, string name, string script)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <summary>
    /// Makes a variant the default for this process, as update-alternatives does for a host, with links that come first
    /// in PATH.
    /// </summary>
    private void Use(string variant)
    {
        var folder = Path.Combine(_host.Folder, "default");
        Directory.CreateDirectory(folder);
        foreach (var name in new[] { "iptables", "ip6tables" })
        {
            foreach (var tool in new[] { "", "-restore" })
            {
                var link = Path.Combine(folder, name + tool);
                File.Delete(link);
                File.CreateSymbolicLink(link, $"/usr/sbin/{name}-{variant}{tool}");
            }
        }

        Environment.SetEnvironmentVariable("PATH", $"{folder}:{_path}");
    }

    private Task InServer(string variant, Func<IptablesGate, Task> test)
    {
        Use(variant);
        return _server.EnterAsync(async () =>
        {
            Assert.NotEqual(
                File.ResolveLinkTarget("/proc/self/ns/net", false)!.Name,
                File.ResolveLinkTarget("/proc/thread-self/ns/net", false)!.Name);
            using var gate = new IptablesGate(Rules([]));
            await test(gate);
        });
    }

    /// <summary>Commands that exist but cannot run, as on a host with a broken package.</summary>
    private sealed class HiddenCommands : IDisposable
    {
        private readonly string? _before = Environment.GetEnvironmentVariable("PATH");

        public HiddenCommands(LabHost host)
        {
            var folder = Path.Combine(host.Folder, "broken");
            Directory.CreateDirectory(folder);
            Fake(folder, "iptables", "exit 127");
            Environment.SetEnvironmentVariable("PATH", $"{folder}:{_before}");
        }

        public void Dispose() => Environment.SetEnvironmentVariable("PATH", _before);
    }
}
