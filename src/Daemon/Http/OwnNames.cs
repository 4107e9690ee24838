using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Http;

/// <summary>
/// The names under which this host's pages are served. A page elsewhere can point its own name at this address (DNS
/// rebinding), and the browser would then let it read the answers as if from the same origin. It cannot do that with an
/// address, or with a name that is not its own. So an address is accepted, and a name must be one of this host's.
/// Nothing needs to be configured.
/// </summary>
/// <param name="given">Names from the configuration: the node's and its peers'.</param>
internal sealed class OwnNames(
    IEnumerable<string> given, Func<IPAddress?, CancellationToken, Task<IReadOnlyList<string>>> lookUp, Clock clock)
{
    /// <summary>A resolver that takes longer than this counts as having no name.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>How long a resolver's answer is cached, so that requests cannot cause load.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _given = new(given.Select(Plain), StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (long At, Task<IReadOnlyList<string>> Names)> _known = [];

    /// <summary>Whether to answer a request that names this host as given.</summary>
    /// <param name="host">The request's Host without its port; empty if it has none, which browsers never do.</param>
    /// <param name="local">The address of this host that received the request.</param>
    public async Task<bool> IncludeAsync(string host, IPAddress? local)
    {
        var name = Plain(host);
        // A name without a dot does not exist on the internet, and localhost is always this host.
        return name.Length == 0
            || HostAddress.Parse(name.Trim('[', ']')) is not null
            || !name.Contains('.', StringComparison.Ordinal)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || _given.Contains(name)
            || (await KnownAsync(local)).Any(own => Plain(own).Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// This host's names according to its resolver: its own full name, and the name of the address that was asked.
    /// </summary>
    public static async Task<IReadOnlyList<string>> OfTheResolverAsync(
        IPAddress? local, CancellationToken cancellationToken)
    {
        var names = await Task.WhenAll(
            NameOfAsync(async () => (await Dns.GetHostEntryAsync(Dns.GetHostName(), cancellationToken)).HostName),
            NameOfAsync(async () =>
                local is null ? "" : (await Dns.GetHostEntryAsync(local.ToString(), cancellationToken)).HostName));
        return [Dns.GetHostName(), .. names.Where(name => name.Length > 0)];
    }

    private static async Task<string> NameOfAsync(Func<Task<string>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OperationCanceledException)
        {
            return "";
        }
    }

    private async Task<IReadOnlyList<string>> KnownAsync(IPAddress? local)
    {
        var key = local?.ToString() ?? "";
        Task<IReadOnlyList<string>> names;
        lock (_known)
        {
            if (!_known.TryGetValue(key, out var known) || clock.Time.GetElapsedTime(known.At) > Believed)
            {
                known = _known[key] = (clock.Time.GetTimestamp(), LookUpAsync(local));
            }

            names = known.Names;
        }

        return await names;
    }

    private async Task<IReadOnlyList<string>> LookUpAsync(IPAddress? local)
    {
        using var limit = new CancellationTokenSource(Limit, clock.Time);
        try
        {
            return await lookUp(local, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            return [];
        }
    }

    private static string Plain(string name) => name.EndsWith('.') ? name[..^1] : name;
}
