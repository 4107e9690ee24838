using System.Globalization;
using System.Net;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>What the script was told to do; the last one given counts where several are.</summary>
internal enum ScriptVerb
{
    Help,
    Start,
    Stop,
    Status,
    Test,
    Foreground,
    Run,
}

/// <summary>
/// The script's command line, read as getopt reads it: <c>-m 3308</c>, <c>-m3308</c>, <c>-dv</c>, <c>--mirror-port 3308</c>, <c>--mirror-port=3308</c>, and
/// long names cut short as long as they are one. What getopt took for <c>-a 6</c> is the option that its help shows: <c>-a6</c>.
/// </summary>
internal sealed record ScriptArguments
{
    private const string AnyIpv4 = "0.0.0.0/0";
    private const string AnyIpv6 = "::/0";

    private sealed record Flag(char Short, string Long, bool TakesValue, Func<ScriptArguments, string, ScriptArguments> With)
    {
        /// <summary>An empty value means something: none, or what the file says.</summary>
        public bool MayBeEmpty { get; init; }

        /// <exception cref="FormatException">The value is empty.</exception>
        public ScriptArguments Given(ScriptArguments arguments, string value) => value.Length > 0 || MayBeEmpty
            ? With(arguments, value)
            : throw new FormatException($"--{Long} needs a value, not \"\"");
    }

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
        new('p', "password", true, (a, v) => a with { Password = v, PasswordWasTyped = v.Length > 0 }) { MayBeEmpty = true },
        new('e', "defaults-extra-file", true, (a, v) => a with { DefaultsExtraFile = Whole(v), FileWasNamed = v.Length > 0 }) { MayBeEmpty = true },
        new('l', "log-file", true, (a, v) => a with { LogFile = Whole(v) }) { MayBeEmpty = true },
        new('a', "source-address", true, (a, v) => a with { SourceAddress = v }),
        new('\0', "source-address-ipv6", true, (a, v) => a with { SourceAddressIpv6 = v }),
        new('m', "mirror-port", true, (a, v) => a with { MirrorPort = v }),
        new('r', "real-port", true, (a, v) => a with { RealPort = v }),
        new('i', "check-interval", true, (a, v) => a with { CheckInterval = v }),
        new('\0', Detached, false, (a, _) => a with { Verb = ScriptVerb.Run, IsDetached = true }),
    ];

    /// <summary>How a daemon that was started in the background is told so; it reads who asks the server from its standard input.</summary>
    private const string Detached = "detached";

    public ScriptVerb Verb { get; init; }

    public bool Debug { get; init; }

    public bool IsDetached { get; init; }

    /// <summary>Empty: the file says.</summary>
    public string User { get; init; } = "mysqlchk_user";

    public string Password { get; init; } = "mysqlchk_password";

    /// <summary>It stood on the command line, where everybody on the host could read it for a moment.</summary>
    public bool PasswordWasTyped { get; init; }

    public string DefaultsExtraFile { get; init; } = "/etc/my.cnf";

    /// <summary>Somebody wants that file to be read: the default need not be there.</summary>
    public bool FileWasNamed { get; init; }

    /// <summary>Empty: none.</summary>
    public string LogFile { get; init; } = "/var/log/mysqlchk_iptables";

    public string SourceAddress { get; init; } = AnyIpv4;

    public string SourceAddressIpv6 { get; init; } = AnyIpv6;

    public string MirrorPort { get; init; } = "3308";

    public string RealPort { get; init; } = "3306";

    /// <summary>In seconds, whole or not.</summary>
    public string CheckInterval { get; init; } = "1";

    /// <exception cref="FormatException">An option is none, or lacks its value; the message is one line for people and holds no value.</exception>
    public static ScriptArguments Parse(IReadOnlyList<string> words)
    {
        var arguments = new ScriptArguments();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (word == "--" || word.Length < 2 || word[0] != '-')
            {
                throw new FormatException($"'{word}' is no option: see mysqlchk_iptables --help");
            }

            if (word == "-a6" || word.StartsWith("-a6=", StringComparison.Ordinal))
            {
                word = "--source-address-ipv6" + word[3..];
            }

            arguments = word.StartsWith("--", StringComparison.Ordinal) ? Long(arguments, word[2..], words, ref i) : Short(arguments, word[1..], words, ref i);
        }

        return arguments;
    }

    private static ScriptArguments Long(ScriptArguments arguments, string word, IReadOnlyList<string> words, ref int i)
    {
        var (name, given) = word.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals ? (word[..equals], word[(equals + 1)..]) : (word, null);
        var meant = Flags.Where(flag => flag.Long == name).ToList() is { Count: 1 } exact ? exact : [.. Flags.Where(flag => flag.Long.StartsWith(name, StringComparison.Ordinal))];
        var flag = meant.Count == 1 ? meant[0]
            : throw new FormatException(meant.Count == 0 ? $"--{name} is no option: see mysqlchk_iptables --help" : $"--{name} may be {string.Join(" or ", meant.Select(one => "--" + one.Long))}");
        return (flag.TakesValue, given) switch
        {
            (false, null) => flag.With(arguments, ""),
            (false, _) => throw new FormatException($"--{flag.Long} takes no value"),
            (true, null) => flag.Given(arguments, Next(words, ref i, "--" + flag.Long)),
            (true, _) => flag.Given(arguments, given),
        };
    }

    private static ScriptArguments Short(ScriptArguments arguments, string letters, IReadOnlyList<string> words, ref int i)
    {
        for (var at = 0; at < letters.Length; at++)
        {
            var flag = Array.Find(Flags, one => one.Short == letters[at]) ?? throw new FormatException($"-{letters[at]} is no option: see mysqlchk_iptables --help");
            if (flag.TakesValue)
            {
                return flag.Given(arguments, at + 1 < letters.Length ? letters[(at + 1)..] : Next(words, ref i, $"-{letters[at]}"));
            }

            arguments = flag.With(arguments, "");
        }

        return arguments;
    }

    private static string Next(IReadOnlyList<string> words, ref int i, string option) =>
        ++i < words.Count ? words[i] : throw new FormatException($"{option} needs a value behind it");

    /// <summary>The same as options of <c>galeragate run</c>. What the script has no option for comes from galeragate's own configuration.</summary>
    /// <exception cref="FormatException">The interval is none.</exception>
    public IEnumerable<string> AsRunOptions()
    {
        if (!double.TryParse(CheckInterval, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds is < 0.02 or > 60)
        {
            throw new FormatException($"--check-interval takes seconds from 0.02 to 60, not '{CheckInterval}'");
        }

        yield return $"--gate-port={MirrorPort}";
        yield return $"--server-port={RealPort}";
        yield return string.Create(CultureInfo.InvariantCulture, $"--check-interval={Math.Round(seconds * 1000)}ms");
        yield return "--insecure-permissions";
        if (HasDefaultsExtraFile)
        {
            yield return $"--defaults-extra-file={DefaultsExtraFile}";
        }

        // The lease must outlive a probe and the pause before the next.
        if (seconds > 2)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"--lease={Math.Ceiling(seconds) + 4}s");
        }

        // One list restricts both families, and the script's other default lets everybody pass.
        if (!IsAny(SourceAddress, AnyIpv4, "0.0.0.0") || !IsAny(SourceAddressIpv6, AnyIpv6, "0::0", "0::0/0", "::"))
        {
            yield return $"--source-address={Network(SourceAddress)}";
            yield return $"--source-address-ipv6={(IsAny(SourceAddressIpv6, "0::0", "0::0/0", "::") ? AnyIpv6 : Network(SourceAddressIpv6))}";
        }
    }

    /// <summary>
    /// The file is there to be read. One that cannot be looked at counts as there: reading it says why it cannot be
    /// read.
    /// </summary>
    public bool HasDefaultsExtraFile =>
        DefaultsExtraFile.Length > 0 && FileLook.At(DefaultsExtraFile) is var look && (look.IsThere || look.Trouble is not null);

    /// <summary>
    /// Where a relative path leads from here. The daemon need not be where its log and its file were named.
    /// </summary>
    private static string Whole(string path) => path.Length == 0 ? path : Path.GetFullPath(path);

    /// <summary>The script's own words for the same, without who asks: what a background daemon is started with.</summary>
    public IEnumerable<string> WithoutSecrets() =>
    [
        $"--mirror-port={MirrorPort}", $"--real-port={RealPort}", $"--log-file={LogFile}", $"--source-address={SourceAddress}", $"--source-address-ipv6={SourceAddressIpv6}",
        $"--check-interval={CheckInterval}", $"--defaults-extra-file={DefaultsExtraFile}",
    ];

    public const string DetachedOption = "--" + Detached;

    /// <summary>The word after which galeragate takes the script's command line.</summary>
    public const string CommandName = "mysqlchk";

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

    private static bool IsAny(string value, params string[] forms) => forms.Contains(value);

    /// <summary>iptables clears the bits behind a prefix, so that 10.0.0.1/8 is 10.0.0.0/8.</summary>
    private static string Network(string value) => string.Join(',', value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(one =>
        one.Split('/') is [var address, var digits] && HostAddress.Parse(address) is { } ip && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= ip.GetAddressBytes().Length * 8
            ? $"{Masked(ip, length)}/{length}"
            : one));

    private static IPAddress Masked(IPAddress ip, int length)
    {
        var bytes = ip.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] &= (byte)(0xff00 >> Math.Clamp(length - (i * 8), 0, 8));
        }

        return new IPAddress(bytes);
    }
}
