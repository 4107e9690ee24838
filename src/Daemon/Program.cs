using System.CommandLine;
using GaleraGate.Daemon.Audit;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Doctor;
using GaleraGate.Daemon.Drill;
using GaleraGate.Daemon.Firewall;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using Npgsql;

Terminal.Guard();
var root = new RootCommand(
    "Keeps a port redirected to the local Galera node exactly while the node is fit for traffic.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
    StatusCommand.Create(),
    FleetCommand.Create(),
    DescribeCommand.Create(),
    HoldCommand.Create(),
    ReleaseCommand.Create(),
    WaitCommand.Create(),
    ReloadCommand.Create(),
    ConfigCommand.Create(),
    AuditCommand.Create(),
    ArchiveCommand.Create(),
    FirewallCommand.Create(),
    DoctorCommand.Create(),
    CompletionCommand.Create(),
    DrillCommand.Create(),
    MysqlchkCommand.Create(),
    DocumentCommand.Create(),
};
root.Options.Remove(root.Options.OfType<VersionOption>().Single());
var version = new Option<bool>("--version")
{
    Description = "Show the version, and of each package whether it is the real one",
};
root.Options.Add(version);
Examples.AddTo(root);
root.SetAction(parsed =>
{
    if (!parsed.GetValue(version))
    {
        var commands = root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);
        throw new FormatException($"a command is missing: {string.Join(", ", commands)}; see galeragate --help");
    }

    Console.WriteLine($"galeragate {About.Version}");
    foreach (var (package, itsVersion) in About.Packages)
    {
        Console.WriteLine($"  {package} {itsVersion}");
    }
});

var script = MysqlchkCommand.WordsOf(args);
var parsed = CommandLine.Parse(root, script is null ? FleetCommand.Meant(args) : []);
try
{
    return script is not null ? await MysqlchkCommand.RunAsync(script)
        : CommandLine.Wrong(parsed) is { } wrong ? throw new FormatException(wrong)
        : await parsed.InvokeAsync(
            new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e)
    when (e is FormatException
        || (e is IOException or UnauthorizedAccessException && parsed.CommandResult.Command.Name != "run"))
{
    // Bad input, or a file that cannot be read: one line. A daemon that runs says what it cannot do by itself; anything
    // else there is a bug.
    if (args.Contains(CheckCommand.Nagios))
    {
        return CheckCommand.RefuseNagios(e.Message);
    }

    var missing = e is DirectoryNotFoundException ? "there is no such directory: " : "";
    await Console.Error.WriteLineAsync($"galeragate: {missing}{e.Message.ReplaceLineEndings(" ")}");
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
