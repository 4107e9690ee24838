using System.Net;
using System.Net.Sockets;
using GaleraGate.Daemon.Kestrel;
using GaleraGate.Infrastructure.Linux;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using MakeOptions = Microsoft.Extensions.Options.Options;

namespace GaleraGate.Daemon.Http;

/// <summary>
/// HTTP over TCP for balancers and monitors: read-only. Addresses that are not on the list get no answer.
/// </summary>
internal sealed class HttpChecks : IAsyncDisposable
{
    /// <summary>
    /// A client that opens more connections uses up no descriptors of the gate and does not block new clients: the
    /// connections that have waited longest are closed.
    /// </summary>
    private const int MaxConnections = 512;

    private readonly KestrelServer _server;
    private bool _isDisposed;

    private HttpChecks(KestrelServer server) => _server = server;

    /// <exception cref="FormatException">The address is not available; the message is one line for people.</exception>
    public static async Task<HttpChecks> StartAsync(
        IReadOnlyList<IPEndPoint> addresses,
        IReadOnlyList<IPNetwork> allowed,
        HttpApi api,
        ILoggerFactory logging,
        CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(20);
        var seats = new Seats(MaxConnections);
        foreach (var address in addresses)
        {
            options.Listen(address, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                _ = listen.Use(next => connection => ServeAsync(connection, allowed, api, seats, next));
            });
        }

        var server = new KestrelServer(
            MakeOptions.Create(options),
            new SocketTransportFactory(MakeOptions.Create(new SocketTransportOptions()), logging),
            logging);
        try
        {
            await server.StartAsync(new HttpApplication(api.AnswerAsync, seats), cancellationToken);
            return new HttpChecks(server);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            server.Dispose();
            var why = (e.GetBaseException() as SocketException)?.Message ?? e.Message;
            throw new UnavailableException($"--http: cannot listen on {string.Join(", ", addresses)}: {why}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private static Task ServeAsync(
        ConnectionContext connection,
        IReadOnlyList<IPNetwork> allowed,
        HttpApi api,
        Seats seats,
        ConnectionDelegate http)
    {
        if (allowed.Count == 0
            || (connection.RemoteEndPoint is IPEndPoint { Address: var from }
                && allowed.Any(network => network.Contains(Plain(from)))))
        {
            return seats.ServeAsync(connection, seated => FirstLine.ServeAsync(seated, api.Health.Of, http));
        }

        connection.Abort();
        return Task.CompletedTask;
    }

    /// <summary>On a dual-stack socket an IPv4 client has an IPv4-mapped IPv6 address.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
