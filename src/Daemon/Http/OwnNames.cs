using System.Net;
using System.Net.Sockets;
using GaleraGate.Infrastructure.Addresses;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Daemon.Http;

/// <summary>
/// The names under which this host's pages are asked for. A page elsewhere can have a name of its own lead to this
/// address (DNS rebinding), and the
/// browser then lets it read what is answered here, as of one origin. It cannot use an address, nor a name that is not
/// its own: so an address is enough,
/// and a name must be one that this host has. There is nothing to configure.
/// </summary>
/// <param name="given">Names that the configuration has: the node's and its peers'.</param>
internal sealed class OwnNames(
    IEnumerable<string> given, Func<IPAddress?, CancellationToken, Task<IReadOnlyList<string>>> lookUp, Clock clock)
{
    /// <summary>A resolver that does not answer by then has no name.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>What a resolver said is believed for so long, so that requests cannot make it work.</summary>
    private static readonly TimeSpan Believed = TimeSpan.FromMinutes(1);

    private readonly HashSet<string> _given = new(given.Select(Plain), StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, (long At, Task<IReadOnlyList<string>> Names)> _known = [];

    /// <summary>Whether a request that names this host so may be answered.</summary>
    /// <param name="host">The request's Host without its port; empty: it names none, as no browser does.</param>
    /// <param name="local">The address of this host that it came to.</param>
    public async Task<bool> IncludeAsync(string host, IPAddress? local)
    {
        var name = Plain(host);
        // Nobody on the internet has a name without a dot, and localhost is nobody else.
        return name.Length == 0
            || HostAddress.Parse(name.Trim('[', ']')) is not null
            || !name.Contains('.', StringComparison.Ordinal)
            || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || _given.Contains(name)
            || (await KnownAsync(local)).Any(own => Plain(own).Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// The names that this host's resolver has for it: its own name in full, and that of the address that was asked.
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
