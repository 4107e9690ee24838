using System.CommandLine;
using System.Globalization;
using System.Text;
using GaleraGate.Daemon.Text;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Prints the documents that are made from the table of options and the tree of commands; `make docs` writes them, a
/// test compares.
/// </summary>
internal static class DocumentCommand
{
    public static Command Create()
    {
        var what = new Argument<string>("WHAT") { Description = "galeragate.8, options.md or galeragate.conf" };
        var command = new Command("document", "Print the manual page or docs/options.md") { what };
        command.Hidden = true;
        command.SetAction(parsed => Console.Write(parsed.GetValue(what) switch
        {
            "galeragate.8" => Man(parsed.RootCommandResult.Command),
            "options.md" => OptionsPage(),
            "galeragate.conf" => ConfigurationFile(),
            var other => throw new FormatException(
                $"there is no document '{other}': galeragate.8, options.md or galeragate.conf"),
        }));
        return command;
    }

    private static string OptionsPage()
    {
        var text = new StringBuilder("""
            # Options

            Made from the table of options by `make docs`. Each can be given on the command line, as a variable of the
            environment, or as a line `name = value` of `/etc/galeragate/galeragate.conf` and `conf.d/*.conf` beside it;
            the first of these that gives it wins. Times have a unit (`250ms`, `1.5s`, `2m`, `1h`); a list is separated
            by commas, or on the command line given several times; a switch is `true` or `false` in a file and in the
            environment. *Reload* says whether SIGHUP and `galeragate reload` take a change over; if not, it takes
            effect at the next start. `galeragate config` prints what is in force and what set it.

            | option | default | what | environment | reload |
            |---|---|---|---|---|

            """);
        foreach (var row in OptionTable.All)
        {
            _ = text.Append(
                CultureInfo.InvariantCulture,
                $"| `--{row.Name}{(row.Argument is null ? "" : $" {row.Argument}")}` | "
                + $"{(row.Default.Length > 0 ? $"`{row.Default}`" : "")} | {row.Help} | `{row.Variable}` | "
                + $"{(Policy.SettingNames.Contains(row.Name) ? "yes" : "no")} |\n");
        }

        return text.ToString();
    }

    /// <summary>A configuration file that changes nothing: every option as a comment, at its default.</summary>
    private static string ConfigurationFile()
    {
        var text = new StringBuilder("""
            # GaleraGate. Every option stands here at its default; take the # away from those that you change.
            # `galeragate config check FILE` says in one line what is wrong, and `galeragate reload` takes a changed
            # policy over. Files in conf.d/*.conf beside this one come after it.


            """);
        foreach (var row in OptionTable.All)
        {
            _ = text.Append(
                CultureInfo.InvariantCulture,
                $"# {row.Help}{(row.IsList ? "; several with commas" : "")}\n#{row.Name} = {row.Default}\n\n");
        }

        return text.ToString();
    }

    private static string Man(Command root)
    {
        var text = new StringBuilder();
        _ = text.Append(CultureInfo.InvariantCulture, $"""
            .TH GALERAGATE 8 "" "galeragate {About.Version}" "System Administration"
            .SH NAME
            galeragate \- keeps a port redirected to the local Galera node exactly while the node is fit for traffic
            .SH SYNOPSIS
            .B galeragate
            .I COMMAND
            [\fIOPTION\fR ...]
            .SH DESCRIPTION
            A daemon on each node of a MySQL or MariaDB Galera cluster. It probes the local server and keeps a redirect
            in the nat table, port 3308 to port 3306, while the node is synced, or a donor whose transfer method does
            not block. A TCP load balancer that connects to port 3308 sees the truth: the server, or a refused
            connection. Every decision and every rule that came or went is recorded, with its cause, in a journal whose
            lines are chained by their hashes.
            .SH COMMANDS

            """);
        foreach (var command in CommandTree.Walk(root).Skip(1))
        {
            var name = Roff(Examples.NameOf(command) + Arguments(command));
            _ = text.Append(
                CultureInfo.InvariantCulture, $".SS galeragate {name}\n{Roff(command.Description ?? "")}.\n");
            foreach (var option in CommandTree.OptionsOf(command).Where(IsOfVerb))
            {
                AppendOption(text, option.Name, option.HelpName, option.Description ?? "");
            }

            foreach (var (example, does) in Examples.Of(command))
            {
                _ = text.Append(
                    CultureInfo.InvariantCulture, $".PP\n{Roff(does)}:\n.PP\n.RS\n.nf\n{Roff(example)}\n.fi\n.RE\n");
            }
        }

        _ = text.Append(
                ".SH OPTIONS\nEach can be given on the command line, as the variable named after it, or as a line of "
                + "the configuration file (name = value); the first of these wins.\n")
            .Append(
                CultureInfo.InvariantCulture,
                $".TP\n\\fB\\-\\-config\\fR \\fIFILE\\fR\nconfiguration file, and conf.d/*.conf beside it (default "
                + $"{ConfigFile.DefaultPath}, if it is there)\n")
            .Append(
                CultureInfo.InvariantCulture,
                $".TP\n\\fB\\-\\-instance\\fR \\fINAME\\fR\n{Roff(Settings.InstanceHelp)}\n");
        foreach (var row in OptionTable.All)
        {
            var byDefault = row.Default.Length > 0 ? $" (default {row.Default})" : "";
            AppendOption(text, "--" + row.Name, row.Argument, $"{row.Help}{byDefault}. {row.Variable}");
        }

        return text.Append("""
            .SH EXIT STATUS
            .TP
            0
            done; the node is fit, the gate is open
            .TP
            1
            unfit, not open, not done, or something is wrong; for a daemon that ended in order, events were lost
            .TP
            2
            bad usage or bad configuration: one line says what, and nothing was begun; with \-\-nagios CRITICAL
            .TP
            3
            no daemon answers on the control socket, or there is no permission for it; with \-\-nagios UNKNOWN
            .SH FILES
            .TP
            /etc/galeragate/galeragate.conf, /etc/galeragate/conf.d/*.conf
            configuration
            .TP
            /etc/galeragate/my.cnf
            the probe\(aqs credentials, in a [client] group
            .TP
            /var/lib/galeragate/journal
            the journal
            .TP
            /run/galeragate/gate\-3308.sock
            the control socket, for root and the group galeragate
            .TP
            /etc/galeragate/hold, /var/tmp/clustercheck.disabled
            while one of them is there, made by root, the gate is held closed
            .SH SEE ALSO
            .BR iptables (8),
            .BR systemd.unit (5)

            """).ToString();
    }

    /// <summary>It stands in no row of the table, and is not one that every verb has.</summary>
    private static bool IsOfVerb(Option option) =>
        CommandTree.RowOf(option) is null && option.Name is not ("--help" or "--config");

    private static void AppendOption(StringBuilder text, string name, string? argument, string help)
    {
        var what = argument is null ? "" : $" \\fI{Roff(argument)}\\fR";
        _ = text.Append(CultureInfo.InvariantCulture, $".TP\n\\fB{Roff(name)}\\fR{what}\n{Roff(help)}\n");
    }

    private static string Arguments(Command command) =>
        string.Concat(command.Arguments.Select(argument => $" {argument.Name}"));

    /// <summary>
    /// Text as roff wants it: backslashes, dashes and quotes escaped, and no line that begins like a request.
    /// </summary>
    private static string Roff(string text)
    {
        var escaped = text.Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("'", "\\(aq", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal);
        return escaped.StartsWith('.') ? "\\&" + escaped : escaped;
    }
}
