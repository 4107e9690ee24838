using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using GaleraGate.Infrastructure.Linux;

namespace GaleraGate.Infrastructure.Knock;

/// <summary>
/// A simulated external host: an unnamed network namespace and a wire from there to this host. Its sockets act as
/// clients from outside. Only the sockets hold the namespace: when they are closed or their process is killed, the
/// kernel removes it together with the wire and its routes.
/// </summary>
/// <remarks>
/// A dedicated thread enters the namespace, creates the sockets, and ends. So no thread of the pool and no child
/// process can end up in the wrong network.
/// </remarks>
public sealed partial class StrangersNetwork : IDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const string Inside = "eth0";
    private const int AlreadyThere = 17; // EEXIST

    private static readonly byte[] InsideHardware = [0x02, 0x47, 0x47, 0, 0, 2];
    private static readonly byte[] HostHardware = [0x02, 0x47, 0x47, 0, 0, 1];
    private static int _count;

    private readonly LinkNetlink _host = new();
    private readonly List<Way> _ways = [];
    private int _wire;

    private StrangersNetwork()
    {
    }

    /// <summary>A socket bound to a test client's address, or why it could not be made.</summary>
    /// <param name="From">The test client's address.</param>
    /// <param name="To">The address of this host that it connects to.</param>
    public sealed record Way(IPAddress From, IPAddress To, Socket? Socket, string? Trouble);

    public IReadOnlyList<Way> Ways => _ways;

    /// <summary>Why the network could not be created; null if it was.</summary>
    public string? Trouble { get; private set; }

    /// <summary>
    /// Creates the network and one socket for each pair of addresses. The client's address must not be any real host's:
    /// while the network exists, this host reaches that address there.
    /// </summary>
    public static StrangersNetwork Make(IReadOnlyList<(IPAddress From, IPAddress To)> pairs)
    {
        var network = new StrangersNetwork();
        var thread = new Thread(() => network.Trouble = network.Enter(pairs)) { IsBackground = true };
        thread.Start();
        thread.Join();
        return network;
    }

    /// <summary>Closes the connections and removes the network.</summary>
    public void Dispose()
    {
        foreach (var socket in _ways.Select(way => way.Socket).OfType<Socket>())
        {
            // Close with a reset: waiting for the other end would keep the network alive.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        }

        if (_wire != 0)
        {
            _ = _host.Delete(_wire);
        }

        _host.Dispose();
    }

    private string? Enter(IReadOnlyList<(IPAddress From, IPAddress To)> pairs)
    {
        using var host = File.OpenHandle("/proc/thread-self/ns/net");
        if (Unshare(NewNetwork) != 0)
        {
            return $"no network namespace can be made: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
        }

        using var inside = new LinkNetlink();
        var wire = string.Create(
            CultureInfo.InvariantCulture, $"ggk{Environment.ProcessId}x{Interlocked.Increment(ref _count) % 100}");
        var error = inside.MakePair(
            (Inside, InsideHardware), (wire, HostHardware), (int)host.DangerousGetHandle());
        var end = error == 0 ? inside.IndexOf(Inside) : 0;
        _wire = error == 0 ? _host.IndexOf(wire) : 0;
        error = error != 0 ? error : inside.SetUp(end);
        error = error != 0 ? error : _host.SetUp(_wire);
        if (error != 0)
        {
            return $"no wire (veth) to a namespace can be made: {Netlink.Meaning(error)}";
        }

        foreach (var to in pairs.Select(pair => pair.To).Distinct())
        {
            _ = inside.AddNeighbour(end, to, HostHardware);
        }

        var places = pairs.Select(pair => pair.From).Distinct()
            .ToDictionary(from => from, from => Place(inside, end, from));
        foreach (var family in places.Keys.Select(from => from.AddressFamily).Distinct())
        {
            _ = inside.AddRoute(end, family, null);
        }

        _ways.AddRange(pairs.Select(pair =>
            places[pair.From] is { } trouble
                ? new Way(pair.From, pair.To, null, trouble)
                : Bind(pair.From, pair.To)));
        return null;
    }

    /// <summary>Gives the test client an address, and this host a route to it.</summary>
    private string? Place(LinkNetlink inside, int end, IPAddress from)
    {
        var error = inside.AddAddress(end, from);
        error = error != 0 ? error : _host.AddRoute(_wire, from.AddressFamily, from);
        error = error != 0 ? error : _host.AddNeighbour(_wire, from, InsideHardware);
        return error switch
        {
            0 => null,
            AlreadyThere => $"this host has a route to {from} already",
            _ => $"the address {from} cannot be used: {Netlink.Meaning(error)}",
        };
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "what is returned owns it")]
    private static Way Bind(IPAddress from, IPAddress to)
    {
        var socket = new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            return new Way(from, to, socket, null);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return new Way(from, to, null, $"no client can be made at {from}: {e.Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
