using System.Globalization;
using System.Net;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Mysqlchk;

/// <summary>The script's action; if several are given, the last one counts.</summary>
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

/// <summary>The script's command line.</summary>
internal sealed record ScriptArguments
{
    private const string AnyIpv4 = "0.0.0.0/0";
    private const string AnyIpv6 = "::/0";

    public ScriptVerb Verb { get; init; }

    public bool Debug { get; init; }

    public bool IsDetached { get; init; }

    /// <summary>Empty: taken from the file.</summary>
    public string User { get; init; } = "mysqlchk_user";

    public string Password { get; init; } = "mysqlchk_password";

    /// <summary>The password was on the command line, where every local user could read it for a moment.</summary>
    public bool PasswordWasTyped { get; init; }

    public string DefaultsExtraFile { get; init; } = "/etc/my.cnf";

    /// <summary>The file was named explicitly; the default one may be missing.</summary>
    public bool FileWasNamed { get; init; }

    /// <summary>Empty: no log file.</summary>
    public string LogFile { get; init; } = "/var/log/mysqlchk_iptables";

    public string SourceAddress { get; init; } = AnyIpv4;

    public string SourceAddressIpv6 { get; init; } = AnyIpv6;

    public string MirrorPort { get; init; } = "3308";

    public string RealPort { get; init; } = "3306";

    /// <summary>In seconds, with or without decimals.</summary>
    public string CheckInterval { get; init; } = "1";

    /// <summary>
    /// The same as options of <c>galeragate run</c>. Settings without an option of the script come from galeragate's
    /// own configuration.
    /// </summary>
    /// <exception cref="FormatException">The interval is not valid.</exception>
    public IEnumerable<string> AsRunOptions()
    {
        const NumberStyles Decimal = NumberStyles.AllowDecimalPoint;
        if (!double.TryParse(CheckInterval, Decimal, CultureInfo.InvariantCulture, out var seconds)
            || seconds is < 0.02 or > 60)
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

        // One list restricts both address families, and the script's default for the other one admits all clients.
        if (!IsAny(SourceAddress, AnyIpv4, "0.0.0.0") || !IsAny(SourceAddressIpv6, AnyIpv6, "0::0", "0::0/0", "::"))
        {
            yield return $"--source-address={Networks(SourceAddress)}";
            var isAnyIpv6 = IsAny(SourceAddressIpv6, "0::0", "0::0/0", "::");
            yield return $"--source-address-ipv6={(isAnyIpv6 ? AnyIpv6 : Networks(SourceAddressIpv6))}";
        }
    }

    /// <summary>
    /// The file can be read. One that cannot be examined counts as existing, so that reading it reports the reason.
    /// </summary>
    public bool HasDefaultsExtraFile =>
        DefaultsExtraFile.Length > 0
        && FileLook.At(DefaultsExtraFile) is var look
        && (look.IsThere || look.Trouble is not null);

    /// <summary>
    /// The same in the script's own arguments, without credentials: the command line of a background daemon.
    /// </summary>
    public IEnumerable<string> WithoutSecrets() =>
    [
        $"--mirror-port={MirrorPort}",
        $"--real-port={RealPort}",
        $"--log-file={LogFile}",
        $"--source-address={SourceAddress}",
        $"--source-address-ipv6={SourceAddressIpv6}",
        $"--check-interval={CheckInterval}",
        $"--defaults-extra-file={DefaultsExtraFile}",
    ];

    private static bool IsAny(string value, params string[] forms) => forms.Contains(value);

    /// <summary>iptables clears the bits beyond a prefix, so 10.0.0.1/8 means 10.0.0.0/8.</summary>
    private static string Networks(string list)
    {
        var parts = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join(',', parts.Select(part => Cleared(part) ?? part));
    }

    /// <summary>A network without bits beyond its prefix; null if the text is not one.</summary>
    private static string? Cleared(string text) =>
        text.Split('/') is [var address, var digits]
        && HostAddress.Parse(address) is { } ip
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
        && length <= ip.GetAddressBytes().Length * 8
            ? $"{Masked(ip, length)}/{length}"
            : null;

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
