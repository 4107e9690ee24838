using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GaleraGate.Daemon.Fleet;

/// <summary>Sends requests to another node's HTTP port.</summary>
internal static class PeerHttp
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    public static Option<ushort> Port(string what) => new("--peer-http")
    {
        Description = $"port of the peers' HTTP checks, {what}",
        HelpName = "PORT",
        DefaultValueFactory = _ => 9200,
    };

    /// <summary>The answer; null if none, or if it is longer than the limit.</summary>
    public static async Task<byte[]?> GetAsync(
        IPAddress address, ushort port, string path, int maxBytes, CancellationToken cancellationToken)
    {
        // A peer may send anything, and must not send this host elsewhere.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        using var client = new HttpClient(handler) { Timeout = Limit, MaxResponseContentBufferSize = maxBytes };
        var host = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : $"{address}";
        try
        {
            var uri = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{host}:{port}/{path}"));
            return await client.GetByteArrayAsync(uri, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
