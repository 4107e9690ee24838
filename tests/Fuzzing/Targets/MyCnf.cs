using System.Text;
using GaleraGate.Infrastructure.Galera;
using MySqlConnector;

namespace GaleraGate.Fuzzing.Targets;

/// <summary>
/// A my.cnf is read or rejected in one line; what is read and written again reads the same; no message contains a
/// password.
/// </summary>
internal static class MyCnf
{
    private const string Secret = "Zq7s3cret";

    private static readonly string[] Text =
        ["user", "password", "host", "socket", "ssl-ca", "ssl-cert", "ssl-key"];

    public static IEnumerable<byte[]> Seeds() =>
        new[]
        {
            $"[client]\nuser = galeragate\npassword=\"{Secret}\"\nssl-mode=REQUIRED\nport=3306\nhost=db1\n",
            $"[client]\nuser='a#b'\npassword={Secret}\\\"\\s # comment\nsocket=/run/mysqld/mysqld.sock\n",
            "[mysqld]\nport=1\n[client-server]\nloose-skip-ssl\nenable-ssl-verify-server-cert\nssl_ca=/a\n",
            "# x\n; y\n[client-mariadb]\r\nprot=tcp\r\npo=3307\r\nprotocol = SOCKET\nssl\nssl-capath=/etc\n",
            "!include other.cnf\n!includedir conf.d\n[CLIENT ]\nus=x\npass=\"a\\\\b\\n\\t\\r\\b\\'\"\n",
            "\u00ef\u00bb\u00bf[client]\nuser=\u00c3\u00a9\nssl-verify-server-cert=0\nssl-cert=c\nssl-key=k\n",
        }.Select(Encoding.Latin1.GetBytes);

    public static void Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        // Reading a device would never end, and files that are included from elsewhere are not part of the input.
        if (text.Split('\n').Any(line => line.TrimStart().StartsWith('!') && line.Contains('/')))
        {
            return;
        }

        var said = new List<string>();
        IReadOnlyDictionary<string, string>? options = null;
        try
        {
            options = ClientDefaults.Read(Scratch.File("my.cnf", input), said.Add, said.Add);
        }
        catch (FormatException e)
        {
            said.Add(e.Message);
        }

        foreach (var line in said)
        {
            Check.IsOneLine(line);
            Check.That(!line.Contains(Secret) || text.Contains('!'), $"a secret is said: {line}");
        }

        if (options is null)
        {
            return;
        }

        _ = Check.Refusable(() =>
        {
            var server = new MySqlConnectionStringBuilder();
            ClientDefaults.Apply(options, server);
            new ServerPlace("/run/mysqld/mysqld.sock").With(options).Put(server);
            return server;
        });
        var known = Text.Where(options.ContainsKey).ToList();
        var again = "[client]\n" + string.Concat(known.Select(name => $"{name}=\"{Escaped(options[name])}\"\n"));
        var read = ClientDefaults.Read(Scratch.File("again.cnf", Encoding.UTF8.GetBytes(again)));
        Check.Same(known.Select(name => options[name]), known.Select(name => read[name]), "written and read again");
    }

    private static string Escaped(string value) => value
        .Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("'", "\\'").Replace("\n", "\\n");
}
