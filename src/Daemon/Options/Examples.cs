using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Options;

/// <summary>Examples for every verb, printed at the end of its help and in the manual page.</summary>
internal static class Examples
{
    private static readonly Dictionary<string, (string Command, string Does)[]> All = new(StringComparer.Ordinal)
    {
        ["galeragate"] =
        [
            ("galeragate check", "judge this node now"),
            ("galeragate status --watch", "what the daemon sees and does, live"),
            ("galeragate audit timeline --since -1h", "what happened in the last hour, and why"),
        ],
        ["run"] =
        [
            ("galeragate run", "with /etc/galeragate/galeragate.conf"),
            ("galeragate run --dry-run --journal /tmp/try", "decide and record, change no rule"),
            ("galeragate run --source-address 10.0.0.10 --source-address 10.0.0.11", "only the balancers pass"),
        ],
        ["check"] =
        [
            ("galeragate check", "exit 0 fit, 1 unfit"),
            ("galeragate check --nagios", "as a Nagios plugin: exit 0, 2 or 3, with performance data"),
            ("galeragate check --input observation.json --json", "judge a captured observation"),
        ],
        ["status"] =
        [
            ("galeragate status", "exit 0 open, 1 not open, 3 no daemon answers"),
            ("galeragate status --watch", "live"),
        ],
        ["describe"] = [("galeragate describe", "all of it, with what happened last")],
        ["fleet"] = [("galeragate fleet --watch", "every node of the cluster, a row each, live")],
        ["hold"] =
        [
            ("galeragate hold --reason 'kernel upgrade, ticket 4711'", "close the gate and keep it closed"),
            (
                "galeragate hold --reason 'rolling restart' --if-others-open 2 --drain 30s",
                "but not if it is one of the last, and wait for its clients to go"),
        ],
        ["wait"] =
        [
            ("galeragate wait --for open --timeout 5m", "after a restart, before the next node's"),
            ("galeragate wait --for closed --timeout 10s", "before the server is stopped: clients are refused"),
        ],
        ["release"] = [("galeragate release", "and it opens once the node has been fit for long enough")],
        ["reload"] = [("galeragate reload", "after a change of galeragate.conf")],
        ["config"] =
        [
            ("galeragate config", "every option, its value, and what set it"),
            ("galeragate config --json", "for programs"),
        ],
        ["config check"] =
        [
            ("galeragate config check /etc/galeragate/galeragate.conf", "exit 0 right, 2 wrong and what"),
        ],
        ["audit"] = [("galeragate audit timeline --since yesterday", "start here after an incident")],
        ["audit timeline"] =
        [
            ("galeragate audit timeline --since 03:00 --until 03:30", "of today, in this host's zone"),
            ("galeragate audit timeline --type GateOpened GateClosed", "the gate alone"),
            ("galeragate audit timeline --journal /srv/n1 --journal /srv/n2 --utc", "two nodes as one"),
        ],
        ["audit events"] =
        [
            ("galeragate audit events --follow", "as they come"),
            ("galeragate audit events --since '2 hours ago' --json", "the journal's own lines"),
        ],
        ["audit rules"] =
        [
            ("galeragate audit rules --since yesterday", "each rule, the command that changed it, its exit code"),
        ],
        ["audit failovers"] =
        [
            ("galeragate audit failovers --since yesterday", "each time that this gate was closed"),
            (
                "galeragate audit failovers --journal /srv/n1 --journal /srv/n2 --journal /srv/n3 --below 2",
                "and each time that fewer than two were open"),
            (
                "galeragate audit failovers --archive /etc/galeragate/archive --cluster prod",
                "the same of every node that ships there"),
        ],
        ["audit why"] =
        [
            ("galeragate audit why 18", "what led to event 18"),
            ("galeragate audit why 03:14", "what led to the gate as it was at 03:14"),
        ],
        ["audit at"] = [("galeragate audit at '2 hours ago'", "the state as of then")],
        ["audit replay"] =
        [
            ("galeragate audit replay --since 03:10 --until 03:30 --speed 10x", "ten times as fast as it was"),
            (
                "galeragate audit replay --since 03:10 --step --archive /etc/galeragate/archive",
                "all nodes, event by event"),
        ],
        ["audit report"] =
        [
            ("galeragate audit report -o incident.html --since 03:00 --until 04:00", "of this node"),
            ("galeragate audit report -o incident.html --archive /etc/galeragate/archive --since 03:00", "of all"),
        ],
        ["audit annotate"] =
        [
            (
                "galeragate audit annotate 03:14 'the switch in rack 4 was replaced'",
                "about the gate's turn before 03:14"),
        ],
        ["audit stats"] =
        [
            ("galeragate audit stats --since 2026-11-01", "closes by day, the longest, flaps, latencies"),
        ],
        ["audit export"] =
        [
            ("galeragate audit export --format csv --since yesterday > events.csv", "for a spreadsheet"),
            ("galeragate audit export --format cloudevents", "for another event store"),
        ],
        ["audit verify"] =
        [
            ("galeragate audit verify", "exit 0 whole; 1 damaged and where, or the newest may be missing"),
            ("galeragate audit verify --against /etc/galeragate/archive", "and that the archive has the same"),
        ],
        ["audit what-if"] =
        [
            ("galeragate audit what-if --close-after 3s", "what the journal would hold with that policy"),
            (
                "galeragate audit what-if --observations captured.jsonl --rise 5",
                "each gate change that policy would have made of captured polls"),
        ],
        ["archive"] = [("galeragate archive status --archive /etc/galeragate/archive", "what it has for each node")],
        ["archive init"] =
        [
            ("galeragate archive init --archive 'Host=db;Database=audit;Username=owner'", "once, before daemons ship"),
        ],
        ["archive rebuild"] = [("galeragate archive rebuild", "once, after archive init of a newer version")],
        ["archive reconcile"] =
        [
            ("galeragate archive reconcile --archive 'Host=db;Database=audit;Username=owner'",
                "after a power cut: what the archive has and the journal lost"),
            ("galeragate archive reconcile --apply --archive 'Host=db;Database=audit;Username=owner'",
                "set that aside, so that shipping continues"),
        ],
        ["archive status"] =
        [
            ("galeragate archive status --archive /etc/galeragate/archive", "what it has for each node"),
            ("galeragate archive status --json", "for programs, as configured"),
        ],
        ["firewall"] = [("galeragate firewall check --peers n2 --peers n3", "whether the nodes reach each other")],
        ["firewall plan"] =
        [
            (
                "galeragate firewall plan --peers 10.77.1.2 --peers 10.77.1.3 --balancers 10.0.0.10",
                "for iptables-restore --noflush"),
            (
                "galeragate firewall plan --peers 10.77.1.2 --clients 10.0.0.0/24 --gated-only --format commands",
                "as commands"),
        ],
        ["firewall check"] =
        [
            ("galeragate firewall check --peers 10.77.1.2 --peers 10.77.1.3", "exit 1 if something needed is blocked"),
        ],
        ["firewall apply"] =
        [
            (
                "galeragate firewall apply --peers 10.77.1.2 --balancers 10.0.0.10 --confirm-within 2m",
                "and type yes after it"),
        ],
        ["firewall remove"] = [("galeragate firewall remove", "only the filter rules; the gate's own stay")],
        ["firewall purge"] =
        [
            ("galeragate firewall purge", "of the gate at port 3308"),
            ("galeragate firewall purge --gate-port 3309", "of another"),
            ("galeragate firewall purge --wait 1m", "while another program holds the xtables lock"),
        ],
        ["doctor"] =
        [
            ("galeragate doctor", "exit 0 nothing is wrong, 1 something is"),
            ("galeragate doctor --json", "for programs"),
        ],
        ["drill"] =
        [
            ("galeragate drill --target 10.0.0.100:3306", "connect all the time, and report what fails"),
            (
                "galeragate drill --target db:3306 --query 'SELECT @@wsrep_node_name' --defaults-extra-file app.cnf "
                + "--archive /etc/galeragate/archive --for 10m",
                "and show what the audit has for that time"),
        ],
        ["mysqlchk"] =
        [
            ("galeragate mysqlchk -t", "what mysqlchk_iptables -t printed; changes no rule"),
            (
                "galeragate mysqlchk -d -u '' -p '' -e /root/.my.cnf",
                "the daemon in the background, with the file's credentials"),
        ],
        ["completion"] =
        [
            ("galeragate completion bash > /etc/bash_completion.d/galeragate", "bash"),
            ("galeragate completion zsh > /usr/local/share/zsh/site-functions/_galeragate", "zsh"),
            ("galeragate completion fish > /etc/fish/completions/galeragate.fish", "fish"),
        ],
    };

    public static IEnumerable<(string Command, string Does)> Of(Command command) =>
        All.GetValueOrDefault(NameOf(command), []);

    /// <summary>The examples at the end of a command's help.</summary>
    public static void Write(TextWriter output, string name)
    {
        if (All.TryGetValue(name, out var examples))
        {
            output.WriteLine("Examples:");
            foreach (var (command, does) in examples)
            {
                output.WriteLine($"  {command}   # {does}");
            }
        }
    }

    /// <summary>The words after galeragate that name a command.</summary>
    public static string NameOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() switch
    {
        null => "galeragate",
        RootCommand => command.Name,
        var parent => $"{NameOf(parent)} {command.Name}",
    };

    /// <summary>Appends the examples to the help of every command.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new WithExamples((SynchronousCommandLineAction)help.Action!);
    }

    private sealed class WithExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => help.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            // Reading the width through the runtime would switch on the terminal's keypad mode.
            (help as HelpAction)?.MaxWidth = Console.IsOutputRedirected ? int.MaxValue : WindowSize.Now().Columns;
            var result = help.Invoke(parseResult);
            Write(parseResult.InvocationConfiguration.Output, NameOf(parseResult.CommandResult.Command));
            return result;
        }
    }
}
