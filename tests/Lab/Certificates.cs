namespace GaleraGate.Lab;

/// <summary>A certificate authority in its own folder, and the certificates that it signed.</summary>
public sealed class Certificates
{
    private readonly string _folder;

    public Certificates(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        Shell.Run("openssl", [.. SelfSigned, "/CN=authority", "-keyout", Path("ca-key"), "-out", Authority]);
    }

    private static string[] SelfSigned =>
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj"];

    public string Authority => Path("ca");

    /// <summary>An authority that signed none of the certificates used here.</summary>
    public string Stranger()
    {
        Shell.Run(
            "openssl", [.. SelfSigned, "/CN=stranger", "-keyout", Path("stranger-key"), "-out", Path("stranger")]);
        return Path("stranger");
    }

    /// <summary>Signs a certificate for a name. Every user may read the certificate and its key.</summary>
    public (string Certificate, string Key) Sign(string name)
    {
        var (request, names) = (Path(name + "-request"), Path(name + "-names"));
        File.WriteAllText(names, $"subjectAltName=DNS:{name}\n");
        Shell.Run("openssl", [
            "req", "-newkey", "rsa:2048", "-nodes", "-subj", $"/CN={name}", "-keyout", Path(name + "-key"), "-out",
            request]);
        Shell.Run("openssl", [
            "x509", "-req", "-in", request, "-CA", Authority, "-CAkey", Path("ca-key"), "-CAcreateserial", "-days", "2",
            "-extfile", names, "-out", Path(name)]);
        Shell.Run("chmod", ["-R", "a+rX", _folder]);
        return (Path(name), Path(name + "-key"));
    }

    private string Path(string name) => System.IO.Path.Combine(_folder, name + ".pem");
}
