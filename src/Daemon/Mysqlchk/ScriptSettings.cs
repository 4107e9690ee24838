using System.CommandLine;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using MySqlConnector;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>What the script's command line means for galeragate.</summary>
internal static class ScriptSettings
{
    /// <summary>Reads the settings of a daemon as the command line, the environment and the files have them.</summary>
    public static Func<Settings> Reading(ScriptArguments arguments)
    {
        var command = new Command("run");
        var settings = RunCommand.SettingsFor(command);
        var parsed = command.Parse([.. arguments.AsRunOptions()]);
        if (parsed.Errors is [var error, ..])
        {
            throw new FormatException(error.Message.ReplaceLineEndings(" "));
        }

        return () => settings.With(parsed);
    }

    /// <summary>
    /// What the script gave the client on its command line goes before the file; what it gave as empty does not.
    /// </summary>
    public static MySqlConnectionStringBuilder Server(ScriptArguments arguments, Settings settings)
    {
        var server = ServerAddress.Of(settings);
        server.UserID = arguments.User.Length > 0 ? arguments.User : server.UserID;
        server.Password = arguments.Password.Length > 0 ? arguments.Password : server.Password;
        return server;
    }
}
