using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Options;

/// <summary>
/// A password file that every user can read is refused in one line that does not reveal the password.
/// </summary>
public sealed class SecretTests : IDisposable
{
    private const string Secret = "s3cret-of-the-probe";

    private readonly LabHost _host = new();

    public void Dispose() => _host.Dispose();

    public static TheoryData<string, string[]> Readers() => new()
    {
        {
            $"[client]\nuser=galeragate\npassword={Secret}\n",
            ["check", "--host", "127.0.0.1", "--port", "1", "--defaults-extra-file"]
        },
        {
            $"[client]\nuser=galeragate\npassword={Secret}\n",
            [
                "run",
                "--dry-run",
                "--journal",
                "JOURNAL",
                "--host",
                "127.0.0.1",
                "--port",
                "1",
                "--defaults-extra-file",
            ]
        },
        { $"Host=127.0.0.1;Port=1;Username=g;Password={Secret}", ["archive", "status", "--archive"] },
        { $"Host=127.0.0.1;Port=1;Username=g;Password={Secret}", ["audit", "events", "--archive"] },
        { $"archive = Host=127.0.0.1;Port=1;Username=g;Password={Secret}\n", ["archive", "status", "--config"] },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_world_readable_password_file_is_refused_unless_allowed(string content, string[] command)
    {
        var file = Path.Combine(_host.Folder, "secret");
        File.WriteAllText(file, content);
        string[] reads =
        [
            .. command.Select(word => word == "JOURNAL" ? Path.Combine(_host.Folder, "journal") : word),
            file,
        ];

        Shell.Run("chmod", ["604", file]);
        var open = Shell.Try(GateDaemon.Binary, reads);
        Assert.Equal((2, ""), (open.ExitCode, open.Output));
        Assert.Contains(
            $"{file} holds a password and everybody on this host can read it: chmod o-r {file}",
            Assert.Single(open.Error.TrimEnd().Split('\n')),
            StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, open.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_host.Folder, "journal")));

        // Nothing listens on port 1, and that error has another text.
        Assert.DoesNotContain(
            "holds a password",
            Shell.Try("timeout", ["5", GateDaemon.Binary, .. reads, "--insecure-permissions"]).Error,
            StringComparison.Ordinal);
        Shell.Run("chmod", ["640", file]);
        Assert.DoesNotContain(
            "holds a password",
            Shell.Try("timeout", ["5", GateDaemon.Binary, .. reads]).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_password_may_be_world_readable()
    {
        var file = Path.Combine(_host.Folder, "my.cnf");
        File.WriteAllText(file, "[client]\nuser=galeragate\n[mysqldump]\npassword=of-another-program\n");
        Shell.Run("chmod", ["644", file]);

        Assert.Equal(
            1,
            Shell
                .Try(GateDaemon.Binary, ["check", "--host", "127.0.0.1", "--port", "1", "--defaults-extra-file", file])
                .ExitCode);
    }
}
