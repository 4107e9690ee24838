using System.CommandLine;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using MySqlConnector;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>Translates the script's command line into galeragate's settings.</summary>
internal static class ScriptSettings
{
    /// <summary>Reads the settings of a daemon from the command line, the environment and the files.</summary>
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

    /// <summary>Client options on the script's command line override the file; empty ones do not.</summary>
    public static MySqlConnectionStringBuilder Server(ScriptArguments arguments, Settings settings)
    {
        var server = ServerAddress.Of(settings);
        server.UserID = arguments.User.Length > 0 ? arguments.User : server.UserID;
        server.Password = arguments.Password.Length > 0 ? arguments.Password : server.Password;
        return server;
    }
}
