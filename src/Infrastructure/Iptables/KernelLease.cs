using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using GaleraGate.Infrastructure.Firewall;
using GaleraGate.Infrastructure.Linux;
using static GaleraGate.Infrastructure.Linux.Netlink;

namespace GaleraGate.Infrastructure.Iptables;

/// <summary>
/// The lease as an ipset of one port whose entry times out, matched by the redirect rule. It is changed over netlink
/// with an acknowledgement, so a failed refresh is noticed at once, needs no child process (a host out of memory can
/// start none), and does not wait for the xtables lock.
/// </summary>
public sealed class KernelLease : ILease, IDisposable
{
    private const ushort Subsystem = 6 << 8; // NFNL_SUBSYS_IPSET
    private const ushort Create = Subsystem | 2;
    private const ushort Destroy = Subsystem | 3;
    private const ushort ListAll = Subsystem | 7;
    private const ushort Add = Subsystem | 9;
    private const ushort Delete = Subsystem | 10;
    private const ushort Test = Subsystem | 11;

    private const byte AnyFamily = 0;
    private const byte Protocol = 6;

    // Attributes of a message, and of its nested data.
    private const ushort ProtocolVersion = 1;
    private const ushort SetName = 2;
    private const ushort TypeName = 3;
    private const ushort Revision = 4;
    private const ushort Family = 5;
    private const ushort Data = 7 | 0x8000;
    private const ushort Port = 4 | 0x4000;
    private const ushort PortTo = 5 | 0x4000;
    private const ushort Timeout = 6 | 0x4000;

    private const int FirstOfIpset = 4096;
    private const int NoSuchSet = 2; // ENOENT
    private const int NoIpset = 22; // EINVAL
    private const int NoProtocol = 93; // EPROTONOSUPPORT
    private const int NotThere = 4103; // IPSET_ERR_EXIST for a delete or a test

    private static readonly Dictionary<int, string> Meanings = new()
    {
        [17] = "there is another set of this name",
        [NoIpset] = "the kernel has no ipset, or cannot load it",
        [NoProtocol] = "the kernel has no ipset, or cannot load it",
        [4097] = "the kernel speaks another ipset protocol",
        [4098] = "the kernel has no ipset of the type bitmap:port",
        [4099] = "the kernel's sets are all in use",
        [4100] = "a rule names it",
        [4102] = "there is another set of this name",
    };

    private readonly string _name;
    private readonly ushort _port;
    private readonly Netlink _netlink = new(Netlink.Netfilter);
    private readonly Lock _lock = new();

    /// <param name="length">Whole seconds.</param>
    public KernelLease(ushort port, TimeSpan length)
        : this(SetOf(port), port, length)
    {
    }

    /// <summary>A lease whose set has a different name than a gate's.</summary>
    internal KernelLease(string name, ushort port, TimeSpan length) => (_name, _port, Length) = (name, port, length);

    public TimeSpan Length { get; }

    /// <summary>A gate's set; it has the same name as the chain.</summary>
    public static string SetOf(ushort gatePort) => GateRules.ChainOf(gatePort);

    public bool Lives() => Ask(Test, Data, [.. Number(Port, _port)]) == 0;

    public string? Prepare() => Words("create", MakeSet());

    public string? Refresh()
    {
        var error = AddEntry();
        if (error == NoSuchSet && MakeSet() == 0)
        {
            error = AddEntry();
        }

        return Words("refresh", error);
    }

    public string? Drop() =>
        Ask(Delete, Data, [.. Number(Port, _port)]) is var error && error is NotThere or NoSuchSet
            ? null
            : Words("delete from", error);

    /// <summary>
    /// Removes the set itself; works only after no rule refers to it. If the kernel has no ipset, there is no set.
    /// </summary>
    public string? Remove() => Ask(Destroy, 0, []) is var error && error is NoSuchSet or NoIpset or NoProtocol
        ? null
        : Words("destroy", error);

    /// <summary>The names of all existing sets.</summary>
    internal IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        byte[] body = [AnyFamily, 0, 0, 0, .. Attribute(ProtocolVersion, [Protocol])];
        lock (_lock)
        {
            _ = _netlink.List(ListAll, body, set => Netlink.Attributes(
                set[Math.Min(Netlink.NetfilterHeaderBytes, set.Length)..],
                (type, value) =>
                {
                    if (type == SetName)
                    {
                        names.Add(Encoding.ASCII.GetString(value).TrimEnd('\0'));
                    }
                }));
        }

        return names;
    }

    public void Dispose() => _netlink.Dispose();

    private int AddEntry() => Ask(Add, Data, [.. Number(Port, _port), .. Number(Timeout, (uint)Length.TotalSeconds)]);

    /// <summary>
    /// The set's own timeout is the same for every lease, so a daemon with another length can use the existing set.
    /// </summary>
    private int MakeSet()
    {
        const uint AnyTimeout = 5;
        return Ask(Create, Data, [.. Number(Port, _port), .. Number(PortTo, _port), .. Number(Timeout, AnyTimeout)]);
    }

    /// <summary>The error number; 0 for none.</summary>
    private int Ask(ushort message, ushort data, byte[] nested)
    {
        List<byte> body =
        [
            AnyFamily,
            0,
            0,
            0,
            .. Attribute(ProtocolVersion, [Protocol]),
            .. Attribute(SetName, Text(_name)),
        ];
        if (message == Create)
        {
            // Revision 0 supports ports and timeouts, which is enough, and every kernel has it.
            body.AddRange([
                .. Attribute(TypeName, Text("bitmap:port")),
                .. Attribute(Revision, [0]),
                .. Attribute(Family, [AnyFamily]),
            ]);
        }

        if (data != 0)
        {
            body.AddRange(Attribute(data, nested));
        }

        Span<byte> answer = stackalloc byte[1024];
        lock (_lock)
        {
            var length = _netlink.Ask(message, Acknowledge, CollectionsMarshal.AsSpan(body), answer);
            return Netlink.ErrorOf(answer[..length]) ?? -1;
        }
    }

    private string? Words(string what, int error) =>
        error == 0 ? null : $"ipset: cannot {what} {_name}: {Meaning(error)}";

    private static string Meaning(int error) => error < FirstOfIpset && !Meanings.ContainsKey(error)
        ? Netlink.Meaning(error)
        : Meanings.GetValueOrDefault(error) ?? $"ipset error {error}";

    private static byte[] Number(ushort type, ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return Attribute(type, bytes);
    }

    private static byte[] Number(ushort type, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Attribute(type, bytes);
    }
}
