using System.Net.Sockets;
using GaleraGate.Domain.Gate;
using GaleraGate.Infrastructure.Archive;
using static GaleraGate.Daemon.Options.OptionValues;

namespace GaleraGate.Daemon.Options;

/// <summary>The table of options, in the order of the help.</summary>
internal static class OptionTable
{
    public static OptionRow InsecurePermissions { get; } = new(
        "insecure-permissions", null, "false",
        "read a password also from a file that everybody on the host can read");

    public static IReadOnlyList<OptionRow> Server { get; } =
    [
        new("socket", "PATH", "",
            "Unix socket of the server; without it and --host the credentials file says, else the usual sockets are "
            + "tried"),
        new("host", "H", "",
            "host name or address of the server, over TCP; localhost is its socket, as for the server's own clients, "
            + "unless --port is given too or the credentials file has protocol=tcp"),
        new("port", "P", "3306", "port of the server over TCP; without it the credentials file's", Port),
        new("defaults-extra-file", "FILE", "",
            "my.cnf whose [client] group holds the credentials; default /etc/galeragate/my.cnf, then /root/.my.cnf"),
        InsecurePermissions,
        new("probe-timeout", "TIME", "1s",
            "a probe without an answer by then is a timeout",
            Between(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1))),
    ];

    public static IReadOnlyList<OptionRow> Policy { get; } =
    [
        .. PolicySettings.All.Select(setting =>
            new OptionRow(setting.Name, setting.Argument, setting.Write(Domain.Gate.Policy.Default), setting.Help)
            {
                MayBeEmpty = setting.MayBeEmpty,
            }),
    ];

    public static OptionRow GatePort { get; } = new(
        "gate-port", "PORT", "3308", "port that is redirected while the node is fit", Port);

    public static OptionRow ServerPort { get; } = new(
        "server-port", "PORT", "3306", "port that it is redirected to", Port);

    public static OptionRow FirewallBackend { get; } = new(
        "firewall", "BACKEND", OptionValues.Auto,
        "what keeps the redirect: iptables with ipset, or nftables alone; auto: iptables if it works, which is "
        + "found out by doing it, else nftables",
        Backend);

    public static OptionRow Journal { get; } = new(
        "journal", "DIR", "/var/lib/galeragate/journal", "directory of the journal")
    {
        OfInstance = (path, instance) => Path.Combine(Path.GetDirectoryName(path)!, instance, Path.GetFileName(path)),
    };

    public static OptionRow JournalMaxSize { get; } = new(
        "journal-max-size", "SIZE", "4GiB",
        "the oldest sealed segments are dropped while the journal is larger than this",
        Between(1L << 20, 1L << 50));

    public static OptionRow Archive { get; } = new(
        "archive", "CONNECTION", "",
        "PostgreSQL to ship the journal to: an Npgsql connection string, or a file that holds it; without it nothing "
        + "is shipped")
    {
        Show = value => value.Contains('=', StringComparison.Ordinal) ? "(a connection string)" : value,
    };

    public static OptionRow ArchiveSchema { get; } = new(
        "archive-schema", "NAME", MartenArchive.DefaultSchema, "the archive's schema", Schema);

    public static OptionRow Cluster { get; } = new(
        "cluster", "NAME", "galera", "name of the cluster, under which the node's events are archived", NodeName);

    public static OptionRow Node { get; } = new(
        "node", "NAME", "", "name of this node in events and comments; default the host's name", NodeName);

    public static OptionRow Control { get; } = new(
        "control", "SOCKET", "",
        "the daemon's control socket; default /run/galeragate/gate-PORT.sock by the gate port; off: none, as for a dry "
        + "run that names none");

    public static OptionRow Peers { get; } = new(
        "peers", "HOST", "",
        "the other nodes: HOST, or HOST:PORT of their gates; hold --if-others-open asks them (default what the server "
        + "says, wsrep_incoming_addresses), firewall lets them in, and for that takes networks too",
        Peer)
    { IsList = true };

    public static OptionRow Notify { get; } = new(
        "notify", "FIFO", "",
        "what wsrep_notify_cmd's script writes to, to have the server probed now; default "
        + "/run/galeragate/gate-PORT.notify by the gate port; off: none");

    public static IReadOnlyList<OptionRow> Gate { get; } =
    [
        Node,
        GatePort,
        ServerPort,
        new("source-address", "CIDR", "",
            "only these clients pass, IPv4; with any list, a family without one lets no client in",
            Network(AddressFamily.InterNetwork))
        { IsList = true },
        new("source-address-ipv6", "CIDR", "",
            "only these clients pass, IPv6",
            Network(AddressFamily.InterNetworkV6))
        { IsList = true },
        new("local-clients", null, "false", "redirect connections from this host itself too (through OUTPUT)"),
        FirewallBackend,
        new("check-interval", "TIME", "250ms",
            "time from one probe to the next",
            Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromMinutes(1))),
        new("lease", "TIME", "5s",
            "the redirect works for no longer than this after the daemon's last healthy turn, in whole seconds; off: "
            + "it stays when the daemon dies",
            Lease),
        Journal,
        new("journal-segment-size", "SIZE", "64MiB",
            "a segment of the journal that is longer is sealed, and a new one starts",
            Between(64L << 10, 1L << 30)),
        JournalMaxSize,
        new("journal-max-age", "DAYS", "",
            "sealed segments are dropped once the host has run for this many days since their last event; without it "
            + "age drops none",
            Days),
        Archive,
        ArchiveSchema,
        Cluster,
        Control,
        new("http", "ADDR:PORT", HttpOff,
            "answer HTTP checks there: PORT alone is on loopback, *:PORT on every address; off: nowhere",
            HttpAddress),
        new("http-allow", "CIDR", "",
            "answer HTTP checks only from these addresses, IPv4 or IPv6; without it from all that reach the port",
            AnyNetwork)
        { IsList = true },
        Peers,
        Notify,
        new("hold-file", "FILE", GatePath.HoldFile,
            "while this file is there, made by root or the daemon's own user, the gate is held closed; unless set, "
            + $"{GatePath.OldHoldFile} counts too; empty: none")
        { MayBeEmpty = true },
        new("disk-probe", "DIR", "",
            "write and sync a small file in this directory every 5s: the gate closes when the disk is full or hangs, "
            + "which a server does not say",
            Folder),
        new("disk-probe-timeout", "TIME", "5s",
            "a write and sync that takes longer is a failure",
            Between(TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5))),
        new("keep-redirect", null, "false", "leave the redirect in place on stop, for the next daemon to take over"),
        new("dry-run", null, "false", "decide and record, change no rule"),
    ];

    /// <summary>The sources that may reach this node's ports; only for the verb firewall.</summary>
    public static IReadOnlyList<OptionRow> Firewall { get; } =
    [
        Peers,
        new("clients", "SOURCE", "",
            "firewall: who may connect to the server: addresses, networks or names",
            Source)
        { IsList = true },
        new("balancers", "SOURCE", "", "firewall: the balancers, which may do the same", Source) { IsList = true },
        new("pmm", "SOURCE", "", "firewall: the PMM server, which connects to 42000 and 42002", Source)
        { IsList = true },
        new("replication-source", "SOURCE", "",
            "firewall: the server that this one replicates from: packets from its port 3306 come in when connection "
            + "tracking has forgotten them",
            Source)
        { IsList = true },
        new("gated-only", null, "false",
            "firewall: clients and balancers reach the server only through the gate, not at its own port"),
    ];

    /// <summary>Every option that can be configured, in the order of the help.</summary>
    public static IReadOnlyList<OptionRow> All { get; } = [.. Gate, .. Server, .. Policy, .. Firewall.Except(Gate)];
}
