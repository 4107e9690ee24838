using System.Globalization;
using System.Text;
using GaleraGate.Infrastructure.Galera;
using GaleraGate.Lab;
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
    public void Included_files_and_directories_are_read()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "conf.d"));
        File.WriteAllText(Path.Combine(_folder, "conf.d", "b.cnf"), "[client]\npassword=from-b\n");
        File.WriteAllText(Path.Combine(_folder, "conf.d", "a.cnf"), "[client]\npassword=from-a\nuser=from-a\n");
        File.WriteAllText(Path.Combine(_folder, "conf.d", "c.ini"), "[client]\nuser=not-read\n");
        File.WriteAllText(Path.Combine(_folder, "one.cnf"), "[client]\nhost=db1\n");

        var options = Read("!include one.cnf\n!includedir conf.d\n[client]\nport=1\n");

        Assert.Equal(
            ("db1", "from-b", "from-a", "1"), (options["host"], options["password"], options["user"], options["port"]));
    }

    [Theory]
    [InlineData("!includedir gone.d")]
    [InlineData("!includedir gone\r.d")]
    [InlineData("!include my.cnf")]
    [InlineData("!frobnicate x")]
    [InlineData("[client")]
    public void An_unreadable_file_is_refused_in_one_line(string line)
    {
        var refused = Assert.Throws<FormatException>(() => Read(line + "\n"));

        Assert.DoesNotContain(refused.Message, char.IsControl);
    }

    [Theory]
    [InlineData("ssl-mode=REQUIRED\\nx")]
    [InlineData("port=33\\r06")]
    [InlineData("protocol=TCP\\n")]
    public void A_value_that_cannot_be_used_is_shown_in_one_line(string line)
    {
        var options = Read($"[client]\n{line}\n");

        var refused = Assert.Throws<FormatException>(() =>
        {
            ClientDefaults.Apply(options, new MySqlConnectionStringBuilder());
            _ = new ServerPlace("/run/mysqld/mysqld.sock").With(options);
        });

        Assert.DoesNotContain(refused.Message, char.IsControl);
    }

    /// <summary>How the installed server's own program reads the same lines.</summary>
    [Fact]
    public void Every_value_is_read_as_my_print_defaults_reads_it()
    {
        string[] pieces =
        [
            "a",
            "b c",
            "#",
            "\"",
            "'",
            "\\",
            "\\s",
            "\\n",
            "\\q",
            "\\\"",
            "=",
            ";",
            " ",
            "\t",
            "!",
            "[x]",
            "é",
        ];
        var random = new Random(7);
        var values = Enumerable
            .Range(0, 400)
            .Select(_ =>
                string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)])))
            .ToList();
        var file = Path.Combine(_folder, "my.cnf");
        File.WriteAllText(file, "[client]\n" + string.Concat(values.Select((value, i) => $"v{i} = {value}\n")));

        var expected = Shell
            .Run("my_print_defaults", [$"--defaults-file={file}", "client"])
            .Split("--v", StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[..^1].Split('=', 2))
            .ToDictionary(part => $"v{part[0]}", part => part.Length > 1 ? part[1] : "");
        var read = ClientDefaults
            .Read(file)
            .ToDictionary(
                option => option.Key, option => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(option.Value)));

        Assert.Equal(expected.Count, read.Count);
        Assert.All(
            expected,
            one =>
                Assert.True(
                    read[one.Key] == one.Value,
                    $"{one.Key} = {values[int.Parse(one.Key[1..], CultureInfo.InvariantCulture)]}: MariaDB reads "
                    + $"'{one.Value}', here it is '{read[one.Key]}'"));
    }

    /// <summary>Each option name cut to every possible length, as the installed client understands it.</summary>
    [Theory]
    [InlineData("user", "u")]
    [InlineData("host", "ho")]
    [InlineData("port", "po")]
    [InlineData("socket", "so")]
    [InlineData("ssl-ca", "ssl-ca")]
    [InlineData("ssl-cert", "ssl-ce")]
    [InlineData("ssl-key", "ssl-k")]
    public void An_abbreviated_name_means_what_the_mariadb_client_takes_it_for(string name, string shortest)
    {
        for (var length = shortest.Length; length <= name.Length; length++)
        {
            var file = Write($"[client]\nloose-{name[..length].ToUpperInvariant().Replace('-', '_')}=77\n");
            var theirs = Shell
                .Try("mariadb", $"--defaults-file={file}", "--help")
                .Output.Split('\n')
                .Any(line =>
                    line.StartsWith(name + " ", StringComparison.Ordinal)
                    && line.EndsWith(" 77", StringComparison.Ordinal));

            Assert.Equal(theirs, ClientDefaults.Read(file).GetValueOrDefault(name) == "77");
        }
    }

    [Theory]
    [InlineData("pass=secret", "secret")]
    [InlineData("PASSWORD=secret", "secret")]
    [InlineData("loose_passw=secret", "secret")]
    [InlineData("pa=secret", null)]
    public void A_password_is_found_under_each_of_MariaDBs_names_for_it(string line, string? password)
    {
        var told = new List<string>();

        Assert.Equal(
            password, ClientDefaults.Read(Write($"[client]\n{line}\n"), told.Add).GetValueOrDefault("password"));
        Assert.Equal(password is null ? 0 : 1, told.Count);
    }

    [Theory]
    [InlineData("[Client]", true)]
    [InlineData("[client ]", true)]
    [InlineData("[client] # ours", true)]
    [InlineData("[ client]", false)]
    public void Group_names_are_compared_as_MariaDB_compares_them(string group, bool counts)
    {
        var file = Write($"{group}\nuser=x\n");

        Assert.Equal(counts, ClientDefaults.Read(file).ContainsKey("user"));
        Assert.Equal(counts, Shell.Run("my_print_defaults", [$"--defaults-file={file}", "client"]).Length > 0);
    }

    [Fact]
    public void A_missing_included_file_is_skipped() =>
        Assert.Equal(
            "after",
            Read("[client]\n!include gone.cnf\n!include no/such/folder/gone.cnf\npassword=after\n")["password"]);

    [Fact]
    public void A_world_writable_file_is_ignored_and_reported()
    {
        var file = Write("[client]\nuser=x\n!include open.cnf\n");
        var open = Path.Combine(_folder, "open.cnf");
        File.WriteAllText(open, "[client]\nhost=attacker\n");
        File.SetUnixFileMode(open, (UnixFileMode)0b110_110_110);
        var warnings = new List<string>();

        Assert.Equal(["user"], ClientDefaults.Read(file, warns: warnings.Add).Keys);
        Assert.Equal(
            $"{open} is ignored, as MariaDB does: everybody on this host may write it: chmod o-w {open}",
            Assert.Single(warnings));
        File.SetUnixFileMode(file, (UnixFileMode)0b110_110_110);
        Assert.Empty(ClientDefaults.Read(file));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_only_where_they_matter()
    {
        var file = Path.Combine(_folder, "my.cnf");
        byte[] latin = [0xe9];
        File.WriteAllBytes(
            file,
            [
                .. "# "u8,
                .. latin,
                .. "\n[mysqld]\nx="u8,
                .. latin,
                .. "\n[client]\nprompt="u8,
                .. latin,
                .. "\nuser=caf\u00e9 # "u8,
                .. latin,
                .. "\n"u8,
            ]);
        Assert.Equal("caf\u00e9", ClientDefaults.Read(file)["user"]);

        File.WriteAllBytes(file, [.. "[client]\nuser=x\npassword=caf"u8, .. latin, .. "\n"u8]);
        var refused = Assert.Throws<FormatException>(() => ClientDefaults.Read(file));
        Assert.StartsWith($"{file}:3: the value is not UTF-8", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("caf", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ssl-mode=REQUIRED", MySqlSslMode.Required)]
    [InlineData("ssl-mode=verify_identity", MySqlSslMode.VerifyFull)]
    [InlineData("ssl-mode=verify_ca", MySqlSslMode.VerifyCA)]
    [InlineData("ssl-ca=/a.pem", MySqlSslMode.VerifyCA)]
    [InlineData("ssl-ca=/a.pem\nssl-mode=required", MySqlSslMode.Required)]
    [InlineData("ssl-ca=/a.pem\nskip-ssl", MySqlSslMode.None)]
    [InlineData("ssl-verify-server-cert", MySqlSslMode.VerifyFull)]
    [InlineData("ssl", MySqlSslMode.Required)]
    [InlineData("skip-ssl", MySqlSslMode.None)]
    [InlineData("ssl=0", MySqlSslMode.None)]
    [InlineData("ssl=no", MySqlSslMode.None)]
    [InlineData("disable_ssl", MySqlSslMode.None)]
    [InlineData("skip-ssl=0", MySqlSslMode.Required)]
    [InlineData("enable-ssl=0", MySqlSslMode.None)]
    [InlineData("loose-skip-ssl", MySqlSslMode.None)]
    [InlineData("ssl-verify", MySqlSslMode.VerifyFull)]
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
    public void A_value_that_cannot_be_used_is_refused(string line) => Assert.Throws<FormatException>(() =>
    {
        var options = Read($"[client]\n{line}\n");
        ClientDefaults.Apply(options, new MySqlConnectionStringBuilder());
        _ = new ServerPlace("/s").With(options);
    });

    [Fact]
    public void A_directory_of_authorities_is_reported_as_ignored()
    {
        var warnings = new List<string>();
        var file = Write("[client]\nssl_capath=/etc/ssl/certs\n");

        _ = ClientDefaults.Read(file, warns: warnings.Add);

        Assert.Equal(
            $"{file}:2: ssl-capath is ignored: name one file that holds the authorities, with ssl-ca",
            Assert.Single(warnings));
    }

    private IReadOnlyDictionary<string, string> Read(string text) => ClientDefaults.Read(Write(text));

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "my.cnf");
        File.WriteAllText(file, text);
        return file;
    }
}
