using System.Globalization;
using System.Net.Sockets;
using GaleraGate.Domain;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Addresses;

namespace GaleraGate.Daemon.Options;

/// <summary>One option: everything that the command line and its help know about it.</summary>
/// <param name="Name">Without the dashes.</param>
/// <param name="Argument">What stands for its value in the help; null for a switch.</param>
/// <param name="Default">The value where none is given; empty for none.</param>
/// <param name="Check">Says in one line what is wrong with a value; null where it is right.</param>
internal sealed record OptionRow(string Name, string? Argument, string Default, string Help, Func<string, string?>? Check = null)
{
    /// <summary>What is wrong with a value of this option; null where it is right. A switch is true or false in a file or the environment.</summary>
    public string? Wrong(string value) => Argument is null
        ? (value is "true" or "false" ? null : $"true or false, not '{value}'")
        : value.Length > 0 ? Check?.Invoke(value)
        : Default.Length == 0 || IsList || MayBeEmpty ? null
        : $"it needs a value, such as {Default}";

    /// <summary>An empty value is a value, although there is a default.</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>The value where none is given, for one of several gates of a host.</summary>
    public string DefaultOf(string? instance) => instance is null ? Default : OfInstance(Default, instance);

    /// <summary>What an instance's name makes of the default.</summary>
    public Func<string, string, string> OfInstance { get; init; } = (value, _) => value;

    /// <summary>The option may be given several times, and its values separated by commas.</summary>
    public bool IsList { get; init; }

    /// <summary>What may be shown of a value.</summary>
    public Func<string, string> Show { get; init; } = value => value;

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => "GALERAGATE_" + Name.ToUpperInvariant().Replace('-', '_');
}

/// <summary>The table of options. The order is that of the help.</summary>
internal static class OptionTable
{
    public static OptionRow InsecurePermissions { get; } = new("insecure-permissions", null, "false", "read a password also from a file that everybody on the host can read");

    public static IReadOnlyList<OptionRow> Server { get; } =
    [
        new("socket", "PATH", "", "Unix socket of the server; without it and --host the credentials file says, else the usual sockets are tried"),
        new("host", "H", "", "host name or address of the server, over TCP"),
        new("port", "P", "3306", "port of the server, with --host", Port),
        new("defaults-extra-file", "FILE", "", "my.cnf whose [client] group holds the credentials; default /etc/galeragate/my.cnf, then /root/.my.cnf"),
        InsecurePermissions,
        new("probe-timeout", "TIME", "1s", "a probe that has no answer by then is a timeout", Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1))),
    ];

    public static IReadOnlyList<OptionRow> Policy { get; } =
    [
        .. PolicySettings.All.Select(setting =>
            new OptionRow(setting.Name, setting.Argument, setting.Write(Domain.Gate.Policy.Default), setting.Help)
            {
                MayBeEmpty = setting.MayBeEmpty,
            }),
    ];

    public static OptionRow GatePort { get; } = new("gate-port", "PORT", "3308", "port that is redirected while the node is fit", Port);

    public static OptionRow ServerPort { get; } = new("server-port", "PORT", "3306", "port that it is redirected to", Port);

    public static OptionRow Journal { get; } = new("journal", "DIR", "/var/lib/galeragate/journal", "directory of the journal")
    {
        OfInstance = (path, instance) => Path.Combine(Path.GetDirectoryName(path)!, instance, Path.GetFileName(path)),
    };

    public static OptionRow JournalMaxSize { get; } = new(
        "journal-max-size", "SIZE", "4GiB", "the oldest sealed segments are dropped while the journal takes more than this", Between(1L << 20, 1L << 50));

    public static OptionRow Archive { get; } = new(
        "archive", "CONNECTION", "", "PostgreSQL to ship the journal to: an Npgsql connection string, or a file that holds it; without it nothing is shipped")
    {
        Show = value => value.Contains('=', StringComparison.Ordinal) ? "(a connection string)" : value,
    };

    public static OptionRow ArchiveSchema { get; } = new("archive-schema", "NAME", Infrastructure.Archive.MartenArchive.DefaultSchema, "the archive's schema", Schema);

    public static OptionRow Cluster { get; } = new("cluster", "NAME", "galera", "name of the cluster, under which the node's events are archived", NodeName);

    public static OptionRow Node { get; } = new(
        "node", "NAME", "", "name of this node in events and comments; default the host's name", NodeName);

    public static OptionRow Control { get; } = new(
        "control", "SOCKET", "", "the daemon's control socket; default /run/galeragate/gate-PORT.sock by the gate port; off: none, as for a dry run that names none");

    public static OptionRow Peers { get; } = new(
        "peers", "HOST", "",
        "the other nodes: HOST, or HOST:PORT of their gates; hold --if-others-open asks them (default what the server "
        + "says, wsrep_incoming_addresses), firewall lets them in, and for that takes networks too",
        Peer)
    { IsList = true };

    public static OptionRow Notify { get; } = new(
        "notify", "FIFO", "", "what wsrep_notify_cmd's script writes to, to have the server probed now; default /run/galeragate/gate-PORT.notify by the gate port; off: none");

    public static IReadOnlyList<OptionRow> Gate { get; } =
    [
        Node,
        GatePort,
        ServerPort,
        new("source-address", "CIDR", "", "only these clients pass, IPv4; with any list, a family without one passes nobody", Network(AddressFamily.InterNetwork)) { IsList = true },
        new("source-address-ipv6", "CIDR", "", "only these clients pass, IPv6", Network(AddressFamily.InterNetworkV6)) { IsList = true },
        new("local-clients", null, "false", "redirect connections from this host itself too (through OUTPUT)"),
        new("check-interval", "TIME", "250ms", "time from one probe to the next", Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(1))),
        new("lease", "TIME", "5s", "the redirect works for no longer than this after the daemon's last healthy turn, in whole seconds; off: it stays when the daemon dies", Lease),
        Journal,
        new("journal-segment-size", "SIZE", "64MiB", "a segment of the journal that is longer is sealed, and a new one begun", Between(64L << 10, 1L << 30)),
        JournalMaxSize,
        new(
            "journal-max-age", "DAYS", "",
            "sealed segments are dropped once the host has run for so many days since their last event; without "
                + "it age drops none",
            Days),
        Archive,
        ArchiveSchema,
        Cluster,
        Control,
        new("http", "ADDR:PORT", HttpOff, "answer HTTP checks there: PORT alone is on loopback, *:PORT on every address; off: nowhere", Http),
        new("http-allow", "CIDR", "", "answer HTTP checks from these addresses alone, IPv4 or IPv6; without it from all that reach the port", AnyNetwork) { IsList = true },
        Peers,
        Notify,
        new("hold-file", "FILE", GatePath.HoldFile, "while this file is there, made by root or the daemon's own user, the gate is held closed; unless set, "
            + $"{GatePath.OldHoldFile} counts too; empty: none")
        { MayBeEmpty = true },
        new("disk-probe", "DIR", "", "write and sync a small file in this directory every 5s: the gate closes when the disk is full or hangs, which a server does not say", Folder),
        new("disk-probe-timeout", "TIME", "5s", "a write and sync that takes longer is a failure", Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))),
        new("keep-redirect", null, "false", "leave the redirect in place on stop, for the next daemon to take over"),
        new("dry-run", null, "false", "decide and record, change no rule"),
    ];

    /// <summary>Who may come to this node's ports, for the verb firewall alone.</summary>
    public static IReadOnlyList<OptionRow> Firewall { get; } =
    [
        Peers,
        new("clients", "SOURCE", "", "firewall: who may come to the server: addresses, networks or names", Source) { IsList = true },
        new("balancers", "SOURCE", "", "firewall: the balancers, which may do the same", Source) { IsList = true },
        new("pmm", "SOURCE", "", "firewall: the PMM server, which comes to 42000 and 42002", Source) { IsList = true },
        new("replication-source", "SOURCE", "", "firewall: the server that this one replicates from: packets from its port 3306 come in when connection tracking has forgotten them", Source) { IsList = true },
        new("gated-only", null, "false", "firewall: clients and balancers reach the server through the gate alone, not its own port"),
    ];

    /// <summary>Every option that can be configured, in the order of the help.</summary>
    public static IReadOnlyList<OptionRow> All { get; } = [.. Gate, .. Server, .. Policy, .. Firewall.Except(Gate)];

    private static string? Source(string value) =>
        HostAddress.ParseNetwork(value) is not null || HostAddress.IsName(value) ? null : $"an address, a network or a host name, not '{value}'";

    private static string? Port(string value) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0 ? null : $"a port is from 1 to 65535, not '{value}'";

    private static Func<string, string?> Between(TimeSpan least, TimeSpan most) => value =>
        Duration.Parse(value) is { } time && time >= least && time <= most
            ? null
            : $"a duration from {Duration.Format(least)} to {Duration.Format(most)} with its unit, such as 500ms, not '{value}'";

    private static readonly (string Unit, long Bytes)[] Units = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10)];

    /// <summary>Reads a size with its unit; null where it is none.</summary>
    public static long? ParseSize(string value)
    {
        foreach (var (unit, bytes) in Units)
        {
            if (value.EndsWith(unit, StringComparison.Ordinal) && long.TryParse(value[..^3], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < long.MaxValue / bytes)
            {
                return number * bytes;
            }
        }

        return null;
    }

    private static Func<string, string?> Between(long least, long most) => value =>
        ParseSize(value) is { } size && size >= least && size <= most
            ? null
            : $"a size from {least >> 10}KiB to {most >> 30}GiB with its unit (KiB, MiB, GiB), not '{value}'";

    private static string? Days(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 36_500 ? null : $"whole days from 1 to 36500, not '{value}'";

    private static string? Schema(string value) =>
        value.Length is >= 1 and <= 63 && char.IsAsciiLetterLower(value[0]) && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
            ? null
            : $"a schema's name begins with a lower case letter and has lower case letters, digits and underscores, 63 at the most, not '{value}'";

    private static string? Peer(string value) =>
        Infrastructure.Galera.OtherGates.IsPeer(value) || HostAddress.ParseNetwork(value) is not null ? null
        : $"a host or address, with or without :PORT, or a network, not '{value}'";

    private static string? Folder(string value) => Directory.Exists(value) ? null : $"there is no directory '{value}'";

    /// <summary>What switches the HTTP checks off.</summary>
    public const string HttpOff = "off";

    private static string? Http(string value) =>
        value == HttpOff || ListenAddress.Parse(value).Count > 0 ? null : $"ADDR:PORT such as 10.0.0.1:9200 or [fd00::1]:9200, PORT, *:PORT, or off, not '{value}'";

    private static string? AnyNetwork(string value) => HostAddress.ParseNetwork(value) is null ? $"an address or a network such as 10.0.0.0/8 or fd00::/8, not '{value}'" : null;

    /// <summary>What switches the lease off.</summary>
    public const string LeaseOff = "off";

    private static string? Lease(string value) =>
        value == LeaseOff || (Duration.Parse(value) is { } time && time >= TimeSpan.FromSeconds(2) && time <= TimeSpan.FromHours(1) && time.Ticks % TimeSpan.TicksPerSecond == 0)
            ? null
            : $"whole seconds from 2s to 1h, or off, not '{value}'";

    /// <summary>Names go into the comments of rules, so they hold nothing that would need quoting.</summary>
    public static string? NodeName(string value) =>
        value.Length is >= 1 and <= 64 && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? null
            : $"a name has 1 to 64 letters, digits, dots, dashes and underscores, not '{value}'";

    private static Func<string, string?> Network(AddressFamily family) => value =>
        HostAddress.ParseNetwork(value)?.BaseAddress.AddressFamily == family
            ? null
            : $"an {(family == AddressFamily.InterNetwork ? "IPv4 network such as 10.0.0.0/8" : "IPv6 network such as fd00::/8")}, not '{value}'";
}
