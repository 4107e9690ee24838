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

/// <summary>What the script was told on its command line.</summary>
internal sealed record ScriptArguments
{
    private const string AnyIpv4 = "0.0.0.0/0";
    private const string AnyIpv6 = "::/0";

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

    /// <summary>
    /// The same as options of <c>galeragate run</c>. What the script has no option for comes from galeragate's own
    /// configuration.
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

        // One list restricts both families, and the script's other default lets everybody pass.
        if (!IsAny(SourceAddress, AnyIpv4, "0.0.0.0") || !IsAny(SourceAddressIpv6, AnyIpv6, "0::0", "0::0/0", "::"))
        {
            yield return $"--source-address={Networks(SourceAddress)}";
            var isAnyIpv6 = IsAny(SourceAddressIpv6, "0::0", "0::0/0", "::");
            yield return $"--source-address-ipv6={(isAnyIpv6 ? AnyIpv6 : Networks(SourceAddressIpv6))}";
        }
    }

    /// <summary>
    /// The file is there to be read. One that cannot be looked at counts as there: reading it says why it cannot be
    /// read.
    /// </summary>
    public bool HasDefaultsExtraFile =>
        DefaultsExtraFile.Length > 0
        && FileLook.At(DefaultsExtraFile) is var look
        && (look.IsThere || look.Trouble is not null);

    /// <summary>
    /// The script's own words for the same, without who asks: what a background daemon is started with.
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

    /// <summary>iptables clears the bits after a prefix, so that 10.0.0.1/8 is 10.0.0.0/8.</summary>
    private static string Networks(string list)
    {
        var parts = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join(',', parts.Select(part => Cleared(part) ?? part));
    }

    /// <summary>A network without bits after its prefix; null if the text is none.</summary>
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
