using System.CommandLine;
using System.Globalization;
using System.Text;
using GaleraGate.Domain.Gate;

namespace GaleraGate.Daemon.Options;

/// <summary>
/// Prints the documents generated from the option table and the command tree; `make docs` writes them, and a test
/// compares.
/// </summary>
internal static class DocumentCommand
{
    private const string Manuals = "manuals";

    public static Command Create()
    {
        var what = new Argument<string>("WHAT")
        {
            Description = $"{Manuals} (which manual pages there are), one of these, options.md or galeragate.conf",
        };
        var command = new Command("document", "Print a manual page or docs/options.md") { what };
        command.Hidden = true;
        command.SetAction(parsed => Console.Write(parsed.GetValue(what) switch
        {
            Manuals => string.Concat(ManualPage.Names(parsed.RootCommandResult.Command).Select(name => name + "\n")),
            "options.md" => OptionsPage(),
            "galeragate.conf" => ConfigurationFile(),
            var name => ManualPage.Of(parsed.RootCommandResult.Command, name!)
                ?? throw new FormatException(
                    $"there is no document '{name}': {Manuals}, galeragate.8, options.md or galeragate.conf"),
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

    /// <summary>A configuration file without effect: every option as a comment, with its default.</summary>
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
}
