using System.CommandLine;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// mysqlchk_iptables: the same command line, and the same output lines and exit codes wherever a program may parse
/// them, implemented by galeragate. docs/migrating.md has a row for each option and for each error of the script.
/// </summary>
internal static class MysqlchkCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("OPTION")
        {
            Description = "the script's own options; --help lists them",
            Arity = ArgumentArity.ZeroOrMore,
        };
        return new Command(
            ScriptOptions.CommandName,
            $"Do what {ScriptOptions.ScriptName} did, with its command line; also when called by that name")
        {
            words,
        };
    }

    /// <summary>The script's arguments if the program was called by its name; null if not.</summary>
    public static IReadOnlyList<string>? WordsOf(string[] args) =>
        Path.GetFileName(OwnArguments.CalledAs) == ScriptOptions.ScriptName ? args
        : args is [ScriptOptions.CommandName, ..] ? args[1..]
        : null;

    public static async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var arguments = ScriptOptions.Parse(words);
        if (arguments.PasswordWasTyped)
        {
            OwnArguments.Hide(arguments.Password);
            await Console.Error.WriteLineAsync(
                $"{ScriptOptions.ScriptName}: a password on the command line can be read by everybody on this host "
                + "until the program has started: put it into a [client] group and say -u \"\" -p \"\" -e FILE");
        }

        var asksServer =
            arguments is { IsDetached: false, Verb: not (ScriptVerb.Help or ScriptVerb.Stop or ScriptVerb.Status) };
        if (asksServer && arguments is { FileWasNamed: true, HasDefaultsExtraFile: false })
        {
            await Console.Error.WriteLineAsync(
                $"{ScriptOptions.ScriptName}: there is no file {arguments.DefaultsExtraFile}: nothing is read from it");
        }

        return arguments.Verb switch
        {
            ScriptVerb.Start => await ScriptDaemon.StartAsync(arguments),
            ScriptVerb.Stop => await ScriptDaemon.StopAsync(arguments),
            ScriptVerb.Status => ScriptDaemon.Status(),
            ScriptVerb.Test => await ScriptTest.RunAsync(arguments),
            ScriptVerb.Foreground => await ScriptDaemon.ForegroundAsync(arguments),
            ScriptVerb.Run => await ScriptDaemon.KeepAsync(arguments),
            _ => Help(),
        };
    }

    private static int Help()
    {
        Console.WriteLine(ScriptOptions.Help);
        Examples.Write(Console.Out, ScriptOptions.CommandName);
        return 0;
    }
}
