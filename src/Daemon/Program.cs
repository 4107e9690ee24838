using System.CommandLine;
using GaleraGate.Daemon;
using GaleraGate.Daemon.Commands;
using GaleraGate.Daemon.Control;
using Npgsql;

Terminal.Guard();
var root = new RootCommand("Keeps a port redirected to the local Galera node exactly while the node is fit for traffic.")
{
    Run.Command(),
    Check.Command(),
    Status.Command(),
    Hold.Command(),
    Release.Command(),
    Reload.Command(),
    Config.Command(),
    Audit.Command(),
    Archive.Command(),
    Firewall.Command(),
    Doctor.Command(),
    Completion.Command(),
    Drill.Command(),
    Mysqlchk.Command(),
    Document.Command(),
};
root.Options.Remove(root.Options.OfType<VersionOption>().Single());
var version = new Option<bool>("--version") { Description = "Show the version, and of each package whether it is the real one" };
root.Options.Add(version);
Examples.AddTo(root);
root.SetAction(parsed =>
{
    if (!parsed.GetValue(version))
    {
        throw new FormatException($"a command is missing: {string.Join(", ", root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name))}; see galeragate --help");
    }

    Console.WriteLine($"galeragate {About.Version}");
    foreach (var (package, itsVersion) in About.Packages)
    {
        Console.WriteLine($"  {package} {itsVersion}");
    }
});

var script = Mysqlchk.WordsOf(args);
var parsed = root.Parse(script is null ? args : []);
try
{
    return script is not null ? await Mysqlchk.RunAsync(script)
        : parsed.Errors.Count > 0 ? throw new FormatException($"{parsed.Errors[0].Message.ReplaceLineEndings(" ")} See galeragate {Name(parsed)}--help")
        : await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e) when (e is FormatException || (e is IOException or UnauthorizedAccessException && parsed.CommandResult.Command.Name != "run"))
{
    // Bad input, or a file that cannot be read: one line. A daemon that runs says what it cannot do by itself; anything else there is a bug.
    if (args.Contains(Check.Nagios))
    {
        return Check.RefuseNagios(e.Message);
    }

    await Console.Error.WriteLineAsync($"galeragate: {e.Message.ReplaceLineEndings(" ")}");
    return 2;
}

catch (NpgsqlException e)
{
    await Console.Error.WriteLineAsync($"galeragate: the archive: {e.Message.ReplaceLineEndings(" ")}");
    return 1;
}
catch (ControlException e)
{
    await Console.Error.WriteLineAsync($"galeragate: {e.Message}");
    return e.ExitCode;
}

static string Name(ParseResult parsed) => parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ";
