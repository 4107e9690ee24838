using System.CommandLine;
using GaleraGate.Daemon.Commands;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Doctor;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;
using Npgsql;

Terminal.Guard();
var root = Verbs.Create();

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
    // Bad input, or a file that cannot be read: one line. A running daemon reports by itself what it cannot do; any
    // other exception there is a bug.
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
