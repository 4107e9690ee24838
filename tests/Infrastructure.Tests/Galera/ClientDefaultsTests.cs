using GaleraGate.Infrastructure.Galera;
using MySqlConnector;

namespace GaleraGate.Infrastructure.Tests.Galera;

public sealed class ClientDefaultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-cnf").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("password=plain", "plain")]
    [InlineData("  password  =  spaced  ", "spaced")]
    [InlineData("password=\"with # hash\"", "with # hash")]
    [InlineData("password='single \" quoted'", "single \" quoted")]
    [InlineData("password=cut#comment", "cut")]
    [InlineData("password=a b # comment", "a b")]
    [InlineData("password=a\\sb\\tc\\\\d", "a b\tc\\d")]
    [InlineData("password=\"a\\\"b\"", "a\"b")]
    [InlineData("password=back\\slash", "back lash")]
    [InlineData("password=x=y", "x=y")]
    [InlineData("password=\"unclosed", "\"unclosed")]
    [InlineData("password=", "")]
    [InlineData("password=one\npassword=two", "two")]
    [InlineData("loose-password=loose", "loose")]
    [InlineData("; password=no\n# password=no\npassword=yes", "yes")]
    public void A_value_is_read_as_MySQL_reads_it(string lines, string password) =>
        Assert.Equal(password, Read($"[client]\n{lines}\n")["password"]);

    [Fact]
    public void Only_the_client_groups_count_and_dashes_are_underscores()
    {
        var options = Read("""
            user=outside
            [mysqld]
            user=mysql
            [client]
            ssl_ca=/a.pem
            [mysql]
            user=also-not
            [client-server]
            port=3307
            """);

        Assert.Equal(["port", "ssl-ca"], options.Keys.Order());
    }

    [Fact]
    public void Files_and_directories_are_included_where_they_are_named()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "conf.d"));
        File.WriteAllText(Path.Combine(_folder, "conf.d", "b.cnf"), "[client]\npassword=from-b\n");
        File.WriteAllText(Path.Combine(_folder, "conf.d", "a.cnf"), "[client]\npassword=from-a\nuser=from-a\n");
        File.WriteAllText(Path.Combine(_folder, "conf.d", "c.ini"), "[client]\nuser=not-read\n");
        File.WriteAllText(Path.Combine(_folder, "one.cnf"), "[client]\nhost=db1\n");

        var options = Read("!include one.cnf\n!includedir conf.d\n[client]\nport=1\n");

        Assert.Equal(("db1", "from-b", "from-a", "1"), (options["host"], options["password"], options["user"], options["port"]));
    }

    [Theory]
    [InlineData("!include gone.cnf")]
    [InlineData("!includedir gone.d")]
    [InlineData("!include my.cnf")]
    [InlineData("!frobnicate x")]
    [InlineData("[client")]
    public void What_cannot_be_read_is_refused_in_one_line(string line)
    {
        var refused = Assert.Throws<FormatException>(() => Read(line + "\n"));

        Assert.DoesNotContain('\n', refused.Message);
    }

    [Theory]
    [InlineData("ssl-mode=REQUIRED", MySqlSslMode.Required)]
    [InlineData("ssl-mode=verify_identity", MySqlSslMode.VerifyFull)]
    [InlineData("ssl-verify-server-cert", MySqlSslMode.VerifyFull)]
    [InlineData("ssl", MySqlSslMode.Required)]
    [InlineData("skip-ssl", MySqlSslMode.None)]
    [InlineData("ssl=0", MySqlSslMode.None)]
    [InlineData("user=x", MySqlSslMode.Preferred)]
    public void TLS_follows_the_file(string line, MySqlSslMode mode)
    {
        var server = new MySqlConnectionStringBuilder();

        ClientDefaults.Apply(Read($"[client]\n{line}\n"), server);

        Assert.Equal(mode, server.SslMode);
    }

    [Theory]
    [InlineData("port=0")]
    [InlineData("port=70000")]
    [InlineData("port=mysql")]
    [InlineData("ssl-mode=MAYBE")]
    public void A_value_that_cannot_be_used_is_refused(string line) =>
        Assert.Throws<FormatException>(() => ClientDefaults.Apply(Read($"[client]\n{line}\n"), new MySqlConnectionStringBuilder()));

    private IReadOnlyDictionary<string, string> Read(string text)
    {
        var file = Path.Combine(_folder, "my.cnf");
        File.WriteAllText(file, text);
        return ClientDefaults.Read(file);
    }
}
