using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Doctor;

/// <summary>
/// The redirect leads to the address that the client asked for: a server on 127.0.0.1 alone is not reached.
/// </summary>
internal static class ListenCheck
{
    public static async Task<Finding> ExamineAsync(ushort port, CancellationToken cancellationToken)
    {
        const string Subject = "listening";
        var listed = await SystemCommand.RunAsync("ss", ["-Hltn", $"sport = :{port}"], "", cancellationToken);
        if (!listed.Succeeded)
        {
            return Finding.Warning(Subject, $"not known: {listed.Error}", "apt-get install iproute2");
        }

        var addresses = Addresses(listed.Output);
        var among = string.Join(", ", addresses);
        var reached = addresses.FindAll(IsReached);
        if (addresses.Count == 0)
        {
            return Finding.Error(
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

    /// <summary>The fourth field of each line is address and port.</summary>
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
