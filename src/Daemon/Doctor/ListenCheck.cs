using System.Net;
using System.Net.Sockets;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// The redirect leads to the address that the client asked for, so a server that listens only on 127.0.0.1 is not
/// reached.
/// </summary>
internal static class ListenCheck
{
    public static async Task<Finding> ExamineAsync(ushort port, CancellationToken cancellationToken)
    {
        const string Subject = "listening";
        var listed = await ListAsync(port, cancellationToken);
        if (!listed.Succeeded)
        {
            return Finding.Warning(Subject, $"not known: {listed.Error}", "apt-get install iproute2");
        }

        var addresses = Addresses(listed.Output);
        var among = string.Join(", ", addresses);
        var reached = addresses.FindAll(IsReached);
        if (addresses.Count == 0)
        {
            return await PublishedAsync(port, cancellationToken) is { } rule
                ? Finding.Error(
                    Subject,
                    $"port {port} is published from elsewhere by {rule}, and no process of this host listens on it: a "
                    + "redirected client does not go through that rule and is refused",
                    "give the container the host's network, or its runtime a proxy process on the host (docker: "
                    + "\"userland-proxy\": true)")
                : Finding.Error(
                    Subject,
                    $"nothing listens on port {port}, where the redirect leads",
                    "start the server, or say its port with --server-port");
        }

        if (reached.Count == 0)
        {
            return Finding.Error(
                Subject,
                $"port {port} listens on {among} alone: no redirected client gets there",
                "bind_address=* in the server's configuration");
        }

        return reached.Exists(IsOfIpv4)
            ? Finding.Ok(Subject, $"port {port} on {among}")
            : Finding.Warning(
                Subject,
                $"port {port} listens on {among}, on IPv6 alone: clients over IPv4 are refused",
                "bind_address=* in the server's configuration: :: means IPv6 alone on some versions");
    }

    /// <summary>The addresses on which the server listens, <c>*</c> for all; null if unknown.</summary>
    public static async Task<IReadOnlyList<string>?> AddressesAsync(ushort port, CancellationToken cancellationToken) =>
        await ListAsync(port, cancellationToken) is { Succeeded: true, Output: var listed } ? Addresses(listed) : null;

    private static Task<CommandOutcome> ListAsync(ushort port, CancellationToken cancellationToken) =>
        SystemCommand.RunAsync("ss", ["-Hltn", $"sport = :{port}"], "", cancellationToken);

    /// <summary>
    /// The nat rule that redirects the port to another host or container. A packet is translated only once: after the
    /// gate's redirect, such a rule no longer applies.
    /// </summary>
    private static async Task<string?> PublishedAsync(ushort port, CancellationToken cancellationToken)
    {
        var listed = await new IptablesCommand(SystemCommand.RunAsync).ListAsync(Family.Ipv4, cancellationToken);
        return listed.Output.Split('\n').FirstOrDefault(rule =>
            rule.Contains($" --dport {port} ", StringComparison.Ordinal)
            && rule.Contains(" -j DNAT ", StringComparison.Ordinal));
    }

    /// <summary>The fourth field of each line has address and port.</summary>
    private static List<string> Addresses(string listed) =>
    [
        .. listed.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 3)
            .Select(fields => fields[3][..fields[3].LastIndexOf(':')].Split('%')[0].Trim('[', ']'))
            .Distinct(),
    ];

    private static bool IsReached(string address) =>
        address == "*" || !IPAddress.TryParse(address, out var ip) || !IPAddress.IsLoopback(ip);

    private static bool IsOfIpv4(string address) =>
        address == "*" || (IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork);
}
