using System.Text;

namespace MySqlConnector.Protocol;

/// <summary>What a server says first.</summary>
internal sealed record Greeting(string ServerVersion, Capabilities Capabilities, byte[] Nonce, string Method)
{
    public static Greeting Read(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        if (reader.Byte() is var protocol && protocol != 10)
        {
            throw new InvalidDataException($"the server speaks protocol {protocol}, not 10");
        }

        var version = reader.ZeroEnded();
        _ = reader.Bytes(4);
        byte[] nonce = [.. reader.Bytes(8)];
        _ = reader.Byte();
        var low = reader.Short();
        _ = reader.Bytes(3);
        var capabilities = (Capabilities)(low | ((uint)reader.Short() << 16));
        int length = reader.Byte();
        _ = reader.Bytes(10);
        byte[] rest = [.. reader.Bytes(Math.Max(13, length - 8))];
        return new Greeting(version, capabilities, [.. nonce, .. rest.AsSpan(0, rest.Length - 1)], reader.ZeroEnded());
    }

    /// <summary>The request for TLS: the beginning of the answer.</summary>
    public static byte[] TlsRequest(Capabilities capabilities) => Header(capabilities);

    /// <summary>The answer: who asks, and how he shows it.</summary>
    public static byte[] Answer(Capabilities capabilities, string user, byte[] scramble, string method, string application)
    {
        byte[] attributes = [.. Counted("program_name"), .. Counted(application)];
        return
        [
            .. Header(capabilities), .. Encoding.UTF8.GetBytes(user), 0, (byte)scramble.Length, .. scramble,
            .. capabilities.HasFlag(Capabilities.PluginAuth) ? [.. Encoding.UTF8.GetBytes(method), 0] : Array.Empty<byte>(),
            .. capabilities.HasFlag(Capabilities.ConnectAttributes) ? [(byte)attributes.Length, .. attributes] : Array.Empty<byte>(),
        ];
    }

    private static byte[] Header(Capabilities capabilities)
    {
        const byte Utf8Mb4 = 45;
        return [.. BitConverter.GetBytes((uint)capabilities), 0, 0, 0, 1, Utf8Mb4, .. new byte[23]];
    }

    private static byte[] Counted(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text.Length <= 64 ? text : text[..64]);
        return [(byte)bytes.Length, .. bytes];
    }
}

/// <summary>What the two sides can do, as the protocol numbers it.</summary>
[Flags]
internal enum Capabilities : uint
{
    None = 0,
    LongPassword = 1,
    Protocol41 = 0x200,
    Tls = 0x800,
    Transactions = 0x2000,
    SecureConnection = 0x8000,
    MultiStatements = 0x10000,
    MultiResults = 0x20000,
    PluginAuth = 0x80000,
    ConnectAttributes = 0x100000,
}
