using System.Security.Cryptography;
using System.Text;

namespace MySqlConnector.Protocol;

/// <summary>
/// How each method shows a server that the password is known. None of them shows the password itself; mysql_clear_password and whatever else would
/// is refused, over TLS too.
/// </summary>
internal static class Scramble
{
    public const string NativePassword = "mysql_native_password";
    public const string CachingSha2 = "caching_sha2_password";
    public const string Ed25519Method = "client_ed25519";

    /// <summary>The answer to a nonce; null for a method that is not known here.</summary>
    public static byte[]? Answer(string method, string password, byte[] nonce)
    {
        var secret = Encoding.UTF8.GetBytes(password);
        return method switch
        {
            Ed25519Method => Ed25519.Sign(secret, nonce),
            NativePassword => secret.Length == 0 ? [] : Native(secret, nonce),
            CachingSha2 => secret.Length == 0 ? [] : Sha2(secret, nonce),
            _ => null,
        };
    }

    /// <summary>The password under the server's public key, for a server that has not cached it: readable by nobody else.</summary>
    public static byte[] Encrypt(string password, byte[] nonce, string publicKey)
    {
        using var key = RSA.Create();
        key.ImportFromPem(publicKey);
        byte[] secret = [.. Encoding.UTF8.GetBytes(password), 0];
        for (var i = 0; i < secret.Length; i++)
        {
            secret[i] ^= nonce[i % nonce.Length];
        }

        return key.Encrypt(secret, RSAEncryptionPadding.OaepSHA1);
    }

    /// <summary>SHA1(password) xor SHA1(nonce, SHA1(SHA1(password))): the protocol's own, kept for the servers that use it.</summary>
    private static byte[] Native(byte[] password, byte[] nonce)
    {
#pragma warning disable CA5350 // The method is what the server's account says; a stronger one is the account's to choose.
        var once = SHA1.HashData(password);
        return Xor(once, SHA1.HashData([.. nonce.AsSpan(0, 20), .. SHA1.HashData(once)]));
#pragma warning restore CA5350
    }

    /// <summary>SHA256(password) xor SHA256(SHA256(SHA256(password)), nonce).</summary>
    private static byte[] Sha2(byte[] password, byte[] nonce)
    {
        var once = SHA256.HashData(password);
        return Xor(once, SHA256.HashData([.. SHA256.HashData(once), .. nonce.AsSpan(0, 20)]));
    }

    private static byte[] Xor(byte[] a, byte[] b) => [.. a.Zip(b, (x, y) => (byte)(x ^ y))];
}
