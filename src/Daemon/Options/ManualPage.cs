using System.CommandLine;
using System.Globalization;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// The manual pages, generated from the same tables as the help: galeragate(8), and one for each verb with its
/// commands.
/// </summary>
internal static class ManualPage
{
    private const string Section = ".8";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>The file names of all pages.</summary>
    public static IEnumerable<string> Names(Command root) =>
        VerbsOf(root).Select(verb => PageOf(verb) + Section).Prepend(PageOf(root) + Section);

    /// <summary>The page with this file name; null if none.</summary>
    public static string? Of(Command root, string file) =>
        file == PageOf(root) + Section ? Whole(root)
        : VerbsOf(root).FirstOrDefault(verb => PageOf(verb) + Section == file) is { } verb ? OfVerb(verb)
        : null;

    private static IEnumerable<Command> VerbsOf(Command root) => root.Subcommands.Where(command => !command.Hidden);

    private static string PageOf(Command command) =>
        command is RootCommand ? "galeragate" : $"galeragate-{command.Name}";

    private static string Whole(Command root)
    {
        var page = new RoffText().Header("GALERAGATE", "galeragate",
            "keeps a port redirected to the local Galera node exactly while the node is fit for traffic");
        page.Heading("SYNOPSIS").Raw(".B galeragate\n.I COMMAND\n[\\fIOPTION\\fR ...]\n");
        page.Heading("DESCRIPTION").Text(
            "A daemon on each node of a MySQL or MariaDB Galera cluster. It probes the local server and keeps a "
            + "redirect, port 3308 to port 3306, by a rule of iptables or nftables while the node is synced, or a "
            + "donor whose transfer method does not block. A TCP load balancer that connects to port 3308 "
            + "reaches the server, or is refused. Every decision and every change of a rule is recorded, with its "
            + "cause, in a journal whose lines are chained by their hashes.");
        page.Heading("COMMANDS");
        foreach (var verb in VerbsOf(root))
        {
            page.Raw($".TP\n.BR {Roff(PageOf(verb))} (8)\n").Text(Sentence(verb));
        }

        page.Heading("OPTIONS").Text(
            "Each can be given on the command line of the verbs that use it, as the variable that is named with it, "
            + "or as a line of the configuration file (name = value); the first of these wins.");
        page.Option("--config", "FILE",
            $"configuration file, and conf.d/*.conf beside it (default {ConfigFile.DefaultPath}, if it is there)");
        page.Option("--instance", "NAME", Settings.InstanceHelp);
        foreach (var row in OptionTable.All)
        {
            page.Option("--" + row.Name, row.Argument, $"{row.Help}{DefaultOf(row)}. {row.Variable}");
        }

        page.Heading("EXIT STATUS");
        page.Item("0", "done; the node is fit, the gate is open");
        page.Item("1", "unfit, not open, not done, or something is wrong; for a daemon that ended in order, events "
            + "were lost");
        page.Item("2", "bad usage or bad configuration: one line says what, and nothing was started; with --nagios "
            + "CRITICAL");
        page.Item("3", "no daemon answers on the control socket, or there is no permission for it; with --nagios "
            + "UNKNOWN");
        page.Heading("FILES");
        page.Item("/etc/galeragate/galeragate.conf, /etc/galeragate/conf.d/*.conf", "configuration");
        page.Item("/etc/galeragate/my.cnf", "the probe's credentials, in a [client] group");
        page.Item("/var/lib/galeragate/journal", "the journal");
        page.Item("/run/galeragate/gate-3308.sock", "the control socket, for root and the group galeragate");
        page.Item("/etc/galeragate/hold, /var/tmp/clustercheck.disabled",
            "while one of them is there, made by root, the gate is held closed");
        page.Item("/usr/share/doc/galeragate/docs", "the documentation; begin with README.md");
        return page.SeeAlso([.. VerbsOf(root).Select(PageOf)], "iptables", "nft").ToString();
    }

    private static string OfVerb(Command verb)
    {
        var name = PageOf(verb);
        var page = new RoffText().Header(name.ToUpperInvariant(), name, LowerFirst(verb.Description ?? ""));
        var commands = verb.Subcommands.Where(command => !command.Hidden).ToList();
        page.Heading("SYNOPSIS");
        foreach (var (command, isFirst) in (commands is [] ? [verb] : commands).Select((one, i) => (one, i == 0)))
        {
            page.Raw($"{(isFirst ? "" : ".br\n")}.B galeragate {Roff(Examples.NameOf(command))}\n")
                .Raw("[\\fIOPTION\\fR ...]" + Roff(Arguments(command)) + "\n");
        }

        page.Heading("DESCRIPTION").Text(Sentence(verb));
        if (commands is [])
        {
            page.Heading("OPTIONS");
            Options(page, OptionsOf(verb));
        }
        else
        {
            CommandsOf(page, commands);
        }

        if (Examples.Of(verb).Any())
        {
            page.Heading("EXAMPLES");
            ExamplesOf(page, verb, isBelowHeading: true);
        }

        return page.SeeAlso(["galeragate"]).ToString();
    }

    /// <summary>Options that several commands share are explained once, below all of them.</summary>
    private static void CommandsOf(RoffText page, List<Command> commands)
    {
        var shared = commands.SelectMany(OptionsOf)
            .GroupBy(option => (option.Name, option.Description))
            .Where(group => group.Count() > 1)
            .Select(group => group.First())
            .ToList();
        bool IsShared(Option option) =>
            shared.Exists(one => one.Name == option.Name && one.Description == option.Description);

        page.Heading("COMMANDS");
        foreach (var command in commands)
        {
            page.Raw($".SS galeragate {Roff(Examples.NameOf(command) + Arguments(command))}\n").Text(Sentence(command));
            Options(page, OptionsOf(command).Where(option => !IsShared(option)));
            page.Raw(".PP\n").Text(
                $"Also {string.Join(", ", OptionsOf(command).Where(IsShared).Select(one => one.Name))}: see OPTIONS.");
            ExamplesOf(page, command, isBelowHeading: false);
        }

        page.Heading("OPTIONS").Text("Of more than one of these commands:");
        Options(page, shared);
    }

    private static IEnumerable<Option> OptionsOf(Command command) => CommandTree.OptionsOf(command);

    private static void Options(RoffText page, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            // An option of one verb only may have the same name as a row of the table.
            var help = option.Description ?? "";
            var row = CommandTree.RowOf(option);
            if (row is not null && !help.StartsWith(row.Help, StringComparison.Ordinal))
            {
                row = null;
            }

            var names = string.Join(", ", option.Aliases.Order(StringComparer.Ordinal).Append(option.Name).Distinct());
            page.Option(
                names,
                row is null ? option.HelpName : row.Argument,
                row is null ? help : row.Help + DefaultOf(row));
        }
    }

    private static void ExamplesOf(RoffText page, Command command, bool isBelowHeading)
    {
        foreach (var (index, (example, does)) in Examples.Of(command).Index())
        {
            page.Example(example, does, isBelowHeading && index == 0);
        }
    }

    private static string DefaultOf(OptionRow row) =>
        row.Argument is not null && row.Default.Length > 0 ? $" (default {row.Default})" : "";

    private static string Sentence(Command command) => (command.Description ?? "").TrimEnd('.') + ".";

    private static string LowerFirst(string text) =>
        text.Length > 1 && char.IsLower(text[1]) ? char.ToLower(text[0], Invariant) + text[1..] : text;

    private static string Arguments(Command command) =>
        string.Concat(command.Arguments.Select(argument => $" {argument.Name}"));

    private static string Roff(string text) => RoffText.Escaped(text);
}
