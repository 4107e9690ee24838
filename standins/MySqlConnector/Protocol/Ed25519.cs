using System.Numerics;
using System.Security.Cryptography;

namespace MySqlConnector.Protocol;

/// <summary>
/// Signing by RFC 8032, which the framework does not offer, with the password in place of the seed as MariaDB has it. Written for clearness, not
/// speed: a signature takes milliseconds and is made once for each connection. It does not hide its timing.
/// </summary>
internal static class Ed25519
{
    private static readonly BigInteger P = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", null);
    private static readonly BigInteger D = Mod(-121665 * Inverse(121666));
    private static readonly Point Base = new(
        BigInteger.Parse("15112221349535400772501151409588531511454012693041857206046113283949847762202", null),
        BigInteger.Parse("46316835694926478169428394003475163141307993866256225615783033603165251855960", null));

    public static byte[] Sign(byte[] password, byte[] message)
    {
        var hash = SHA512.HashData(password);
        var scalar = Number(hash.AsSpan(0, 32));
        scalar &= BigInteger.Pow(2, 254) - 8;
        scalar |= BigInteger.Pow(2, 254);
        var publicKey = Encode(Multiply(Base, scalar));
        var r = Number(SHA512.HashData([.. hash.AsSpan(32), .. message])) % Order;
        var encodedR = Encode(Multiply(Base, r));
        var challenge = Number(SHA512.HashData([.. encodedR, .. publicKey, .. message])) % Order;
        return [.. encodedR, .. Bytes((r + challenge * scalar) % Order)];
    }

    private static Point Multiply(Point point, BigInteger scalar)
    {
        var (sum, power) = (Extended.Zero, Extended.Of(point));
        for (; scalar > 0; scalar >>= 1)
        {
            sum = scalar.IsEven ? sum : sum.Add(power);
            power = power.Add(power);
        }

        var inverse = Inverse(sum.Z);
        return new Point(Mod(sum.X * inverse), Mod(sum.Y * inverse));
    }

    private static byte[] Encode(Point point)
    {
        var bytes = Bytes(point.Y);
        bytes[31] |= (byte)(point.X.IsEven ? 0 : 0x80);
        return bytes;
    }

    private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(Mod(value), P - 2, P);

    private static BigInteger Mod(BigInteger value) => ((value % P) + P) % P;

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true);

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        _ = value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }

    private readonly record struct Point(BigInteger X, BigInteger Y);

    /// <summary>Extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. Adding needs no inverse.</summary>
    private readonly record struct Extended(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T)
    {
        public static Extended Zero { get; } = new(0, 1, 1, 0);

        public static Extended Of(Point point) => new(point.X, point.Y, 1, Mod(point.X * point.Y));

        public Extended Add(Extended other)
        {
            var a = Mod((Y - X) * (other.Y - other.X));
            var b = Mod((Y + X) * (other.Y + other.X));
            var c = Mod(2 * T * other.T * D);
            var d = Mod(2 * Z * other.Z);
            var (e, f, g, h) = (b - a, d - c, d + c, b + a);
            return new Extended(Mod(e * f), Mod(g * h), Mod(f * g), Mod(e * h));
        }
    }
}
