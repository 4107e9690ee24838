namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>
/// Parses the script's command line as getopt does: <c>-m 3308</c>, <c>-m3308</c>, <c>-dv</c>, <c>--mirror-port
/// 3308</c>, <c>--mirror-port=3308</c>, and abbreviated long names if they are unambiguous. What getopt understood as
/// <c>-a 6</c> is the option that its help lists: <c>-a6</c>.
/// </summary>
internal static class ScriptOptions
{
    /// <summary>The script's name, by which the program may be called.</summary>
    public const string ScriptName = "mysqlchk_iptables";

    /// <summary>The galeragate command that accepts the script's command line.</summary>
    public const string CommandName = "mysqlchk";

    public const string DetachedOption = "--" + Detached;

    public const string Help = """

        Options:
        -v, --verbose             : Run in the foreground. CTRL+C to stop.
        -d, --daemon              : Run as a daemon.
        -x, --stop                : Stop the daemon.
        -s, --status              : Say whether the daemon runs.
        -t, --test                : Look once and say what would be done; no rule is touched.
        -u, --user                : MySQL user; "" for what the file says. (Default: mysqlchk_user)
        -p, --password            : Its password; "" for what the file says. (Default: mysqlchk_password)
        -e, --defaults-extra-file : File with a [client] group, where it is there. (Default: /etc/my.cnf)
        -l, --log-file            : Log file; /dev/null for none. (Default: /var/log/mysqlchk_iptables)
        -a, --source-address      : IPv4 addresses that may pass. (Default: 0.0.0.0/0)
        -a6, --source-address-ipv6: IPv6 addresses that may pass. (Default: ::/0)
        -m, --mirror-port         : The port that is redirected. (Default: 3308)
        -r, --real-port           : The port of the MySQL server. (Default: 3306)
        -i, --check-interval      : Seconds between two checks. (Default: 1)
        -R, --run                 : Run in the foreground, with the log file.
        -D, --debug               : Log to standard output.
        -h, --help                : Print this.

        This is galeragate; what it does with each option: docs/migrating.md

        """;

    /// <summary>
    /// Tells a daemon that it was started in the background; it reads its credentials from standard input.
    /// </summary>
    private const string Detached = "detached";

    private static readonly Flag[] Flags =
    [
        new('h', "help", false, (a, _) => a with { Verb = ScriptVerb.Help }),
        new('d', "daemon", false, (a, _) => a with { Verb = ScriptVerb.Start }),
        new('x', "stop", false, (a, _) => a with { Verb = ScriptVerb.Stop }),
        new('s', "status", false, (a, _) => a with { Verb = ScriptVerb.Status }),
        new('t', "test", false, (a, _) => a with { Verb = ScriptVerb.Test }),
        new('v', "verbose", false, (a, _) => a with { Verb = ScriptVerb.Foreground }),
        new('R', "run", false, (a, _) => a with { Verb = ScriptVerb.Run }),
        new('D', "debug", false, (a, _) => a with { Debug = true }),
        new('u', "user", true, (a, v) => a with { User = v }) { MayBeEmpty = true },
        new('p', "password", true, (a, v) => a with { Password = v, PasswordWasTyped = v.Length > 0 })
        {
            MayBeEmpty = true,
        },
        new('e', "defaults-extra-file", true, (a, v) => a with
        {
            DefaultsExtraFile = Whole(v),
            FileWasNamed = v.Length > 0,
        })
        {
            MayBeEmpty = true,
        },
        new('l', "log-file", true, (a, v) => a with { LogFile = Whole(v) }) { MayBeEmpty = true },
        new('a', "source-address", true, (a, v) => a with { SourceAddress = v }),
        new('\0', "source-address-ipv6", true, (a, v) => a with { SourceAddressIpv6 = v }),
        new('m', "mirror-port", true, (a, v) => a with { MirrorPort = v }),
        new('r', "real-port", true, (a, v) => a with { RealPort = v }),
        new('i', "check-interval", true, (a, v) => a with { CheckInterval = v }),
        new('\0', Detached, false, (a, _) => a with { Verb = ScriptVerb.Run, IsDetached = true }),
    ];

    /// <exception cref="FormatException">An option is unknown or lacks its value; the message is one line for people
    /// and contains no value.</exception>
    public static ScriptArguments Parse(IReadOnlyList<string> words)
    {
        var arguments = new ScriptArguments();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--" || word.Length < 2 || word[0] != '-')
            {
                throw new FormatException($"'{word}' is not an option: see mysqlchk_iptables --help");
            }

            if (word == "-a6" || word.StartsWith("-a6=", StringComparison.Ordinal))
            {
                word = "--source-address-ipv6" + word[3..];
            }

            arguments = word.StartsWith("--", StringComparison.Ordinal)
                ? Long(arguments, word[2..], words, ref i)
                : Short(arguments, word[1..], words, ref i);
        }

        return arguments;
    }

    private static ScriptArguments Long(ScriptArguments arguments, string word, IReadOnlyList<string> words, ref int i)
    {
        var (name, given) = word.Split('=', 2) is [var before, var value] ? (before, value) : (word, null);
        var flag = Named(name);
        return (flag.TakesValue, given) switch
        {
            (false, null) => flag.With(arguments, ""),
            (false, _) => throw new FormatException($"--{flag.Long} takes no value"),
            (true, null) => flag.Given(arguments, Next(words, ref i, "--" + flag.Long)),
            (true, _) => flag.Given(arguments, given),
        };
    }

    /// <summary>The option with a name or an unambiguous abbreviation.</summary>
    private static Flag Named(string name)
    {
        var meant = Flags.Where(flag => flag.Long == name).ToList();
        if (meant.Count == 0)
        {
            meant = [.. Flags.Where(flag => flag.Long.StartsWith(name, StringComparison.Ordinal))];
        }

        return meant switch
        {
            [var one] => one,
            [] => throw new FormatException($"--{name} is not an option: see mysqlchk_iptables --help"),
            _ => throw new FormatException(
                $"--{name} may be {string.Join(" or ", meant.Select(one => "--" + one.Long))}"),
        };
    }

    private static ScriptArguments Short(
        ScriptArguments arguments, string letters, IReadOnlyList<string> words, ref int i)
    {
        for (var at = 0; at < letters.Length; at++)
        {
            var flag = Array.Find(Flags, one => one.Short == letters[at])
                ?? throw new FormatException($"-{letters[at]} is not an option: see mysqlchk_iptables --help");
            if (flag.TakesValue)
            {
                var isNext = at + 1 == letters.Length;
                return flag.Given(arguments, isNext ? Next(words, ref i, $"-{letters[at]}") : letters[(at + 1)..]);
            }

            arguments = flag.With(arguments, "");
        }

        return arguments;
    }

    private static string Next(IReadOnlyList<string> words, ref int i, string option) =>
        ++i < words.Count ? words[i] : throw new FormatException($"{option} needs a value after it");

    /// <summary>
    /// A relative path made absolute, because the daemon's working directory may differ from the caller's.
    /// </summary>
    private static string Whole(string path) => path.Length == 0 ? path : Path.GetFullPath(path);

    private sealed record Flag(
        char Short, string Long, bool TakesValue, Func<ScriptArguments, string, ScriptArguments> With)
    {
        /// <summary>An empty value has a meaning: none, or the value from the file.</summary>
        public bool MayBeEmpty { get; init; }

        /// <exception cref="FormatException">The value is empty.</exception>
        public ScriptArguments Given(ScriptArguments arguments, string value) => value.Length > 0 || MayBeEmpty
            ? With(arguments, value)
            : throw new FormatException($"--{Long} needs a value, not \"\"");
    }
}
