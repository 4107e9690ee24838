using System.Globalization;
using System.Net;
using System.Net.Sockets;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Iptables;
using GaleraGate.Infrastructure.Linux;
using GaleraGate.Infrastructure.Nftables;

namespace GaleraGate.Daemon.Doctor;

/// <summary>Checks the firewall rules and the tools that change them.</summary>
internal sealed class FirewallChecks(Settings settings)
{
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var isLeased = settings.Text("lease") != OptionValues.LeaseOff;
        var choice = await FirewallChoice.MakeAsync(
            settings, settings.Port("gate-port"), isLeased, cancellationToken);
        List<Finding> findings =
        [
            Capabilities(),
            Finding.Ok("firewall", $"{choice.Name}: {choice.Why}"),
            .. choice.IsNative ? [Native()] : await IptablesAsync(isLeased, cancellationToken),
            .. await ClientsAsync(cancellationToken),
            await SavedCheck.ExamineAsync(cancellationToken),
            choice.IsNative ? NativeLease() : Lease(),
        ];
        findings.Add(await ConntrackAsync(cancellationToken));
        findings.Add(await SocketKillAsync(cancellationToken));
        return findings;
    }

    /// <summary>Tests as a client; reads the rules instead if no test client could connect.</summary>
    private async Task<IReadOnlyList<Finding>> ClientsAsync(CancellationToken cancellationToken)
    {
        var listening = await ListenCheck.AddressesAsync(settings.Port("server-port"), cancellationToken);
        var families = Families.OfThisHost();
        var knocks = await Task.WhenAll(families.Select(family =>
            new KnockCheck(settings, family, listening).ExamineAsync(cancellationToken)));
        return
        [
            .. knocks.Select(knock => knock.Finding),
            await new InputCheck(settings, [.. families.Where((_, index) => !knocks[index].Decides)]).ExamineAsync(
                cancellationToken),
        ];
    }

    private static Finding Native() => NativeTrial.Try() is { } unable
        ? Finding.Error("nftables", unable.Says, unable.Fix)
        : Finding.Ok("nftables", "the kernel keeps a gate with nftables alone: a table with all its parts was made");

    private static Finding NativeLease() => NativeTrial.Try() is { } unable
        ? Finding.Warning("lease", $"{unable.Says}: if the daemon dies its redirect stays", unable.Fix)
        : Finding.Ok("lease", "the kernel keeps it: a redirect ends when its daemon does");

    private static async Task<IReadOnlyList<Finding>> IptablesAsync(
        bool isLeased, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var trial = new HostTrial(SystemCommand.RunAsync, isLeased);
        var unable = await trial.TryAsync(Families.OfThisHost(), cancellationToken);
        foreach (var family in new[] { Family.Ipv4, Family.Ipv6 })
        {
            findings.Add(
                unable.TryGetValue(family, out var inability)
                    ? Finding.Error(family == Family.Ipv6 ? "ip6tables" : "iptables", inability.Says, inability.Fix)
                    : await IptablesAsync(family, cancellationToken));
        }

        return findings;
    }

    private static Finding Capabilities()
    {
        const int NetAdmin = 12;
        const int NetRaw = 13;
        var line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("CapEff:", StringComparison.Ordinal));
        var effective = ulong.Parse(
            line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var missing = new[] { (NetAdmin, "CAP_NET_ADMIN"), (NetRaw, "CAP_NET_RAW") }
            .Where(one => (effective >> one.Item1 & 1) == 0)
            .Select(one => one.Item2)
            .ToList();
        return missing.Count == 0
            ? Finding.Ok("capabilities", "CAP_NET_ADMIN, CAP_NET_RAW")
            : Finding.Error(
                "capabilities",
                $"{string.Join(" and ", missing)} missing: no rule can be changed",
                "run as root, or AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW in the unit");
    }

    private static async Task<Finding> IptablesAsync(Family family, CancellationToken cancellationToken)
    {
        var name = family == Family.Ipv6 ? "ip6tables" : "iptables";
        if (!Families.OfThisHost().Contains(family))
        {
            return Finding.Ok(name, "this host has no IPv6: only IPv4 is kept");
        }

        var version = await SystemCommand.RunAsync(name, ["--version"], "", cancellationToken);
        var listed = await SystemCommand.RunAsync(name, ["-w", "1", "-t", "nat", "-S"], "", cancellationToken);
        return !version.Succeeded ? Finding.Error(name, version.Error, "apt-get install iptables")
            : !listed.Succeeded
                ? Finding.Error(
                    name,
                    $"the nat table cannot be read: exit {listed.ExitCode}: {listed.Error}",
                    "run as root; see who holds the lock: fuser /run/xtables.lock")
            : await OtherVariantAsync(family, name, version.Output.Trim(), cancellationToken);
    }

    /// <summary>
    /// Rules in both variants at once: the kernel uses both, but each command lists only one of them.
    /// </summary>
    private static async Task<Finding> OtherVariantAsync(
        Family family, string name, string version, CancellationToken cancellationToken)
    {
        var isNfTables = version.Contains("nf_tables", StringComparison.Ordinal);
        if (isNfTables && !IptablesCommand.LegacyNatIsInUse(family))
        {
            return Finding.Ok(name, version);
        }

        var other = name + (isNfTables ? "-legacy" : "-nft");
        var listed = await SystemCommand.RunAsync(other, ["-w", "1", "-t", "nat", "-S"], "", cancellationToken);
        var rules = listed.Output.Split('\n').Count(line => line.StartsWith("-A ", StringComparison.Ordinal));
        return rules > 0
            ? Finding.Warning(
                name,
                $"{version}, and {rules} nat rules are in the other variant too: the kernel applies both",
                $"{other} -t nat -S, and move them to one variant")
            : Finding.Ok(name, version);
    }

    private static Finding Lease() => HostTrial.TrySet() is { } unable
        ? Finding.Warning("lease", $"{unable.Says}: if the daemon dies its redirect stays", unable.Fix)
        : Finding.Ok("lease", "the kernel keeps it: a redirect ends when its daemon does");

    private static async Task<Finding> ConntrackAsync(CancellationToken cancellationToken)
    {
        const string Subject = "conntrack";
        const string Folder = "/proc/sys/net/netfilter/";
        if (!File.Exists(Folder + "nf_conntrack_count"))
        {
            return Finding.Warning(
                Subject, "connection tracking is not loaded yet; the gate's first rule loads it", null);
        }

        var count = long.Parse(
            await File.ReadAllTextAsync(Folder + "nf_conntrack_count", cancellationToken),
            CultureInfo.InvariantCulture);
        var most = long.Parse(
            await File.ReadAllTextAsync(Folder + "nf_conntrack_max", cancellationToken), CultureInfo.InvariantCulture);
        return count > most * 0.8
            ? Finding.Warning(
                Subject,
                $"{count} of {most} entries in use: when it is full new connections are dropped",
                $"sysctl net.netfilter.nf_conntrack_max={most * 4}")
            : SystemCommand.Find("conntrack") is null
                ? Finding.Warning(
                    Subject,
                    $"{count} of {most} entries in use; the tool is not installed: which connections came through the "
                    + "gate cannot be listed",
                    "apt-get install conntrack")
                : Finding.Ok(Subject, $"{count} of {most} entries in use");
    }

    /// <summary>
    /// Destroys a loopback connection of its own, because that is the only way to find out whether the kernel can.
    /// </summary>
    private static async Task<Finding> SocketKillAsync(CancellationToken cancellationToken)
    {
        const string Subject = "ss-kill";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        using var client = new TcpClient();
        listener.Start();
        var killed = default(CommandOutcome);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port, limit.Token);
            using var accepted = await listener.AcceptTcpClientAsync(limit.Token);
            killed = await SystemCommand.RunAsync(
                "ss",
                ["-K", "-tn", "src", "127.0.0.1", $"sport = :{((IPEndPoint)client.Client.LocalEndPoint!).Port}"],
                "",
                cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            _ = await client.GetStream().ReadAsync(new byte[1], limit.Token);
        }
        catch (IOException)
        {
            return Finding.Ok(Subject, "established connections can be ended");
        }
        catch (Exception e)
            when (e is SocketException
                || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The connection survived, or loopback itself is blocked.
        }

        return killed.Argv is null
            ? Finding.Warning(
                Subject,
                "not known: a connection over loopback does not get through",
                "let loopback in: iptables -I INPUT -i lo -j ACCEPT")
            : Finding.Warning(
                Subject,
                $"established connections cannot be ended{(killed.Error.Length > 0 ? $": {killed.Error}" : "")}: a "
                + "close leaves them",
                killed.ExitCode == -1
                    ? "apt-get install iproute2"
                    : "run as root, on a kernel with CONFIG_INET_DIAG_DESTROY");
    }
}
