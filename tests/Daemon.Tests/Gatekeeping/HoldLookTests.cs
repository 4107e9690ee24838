using System.CommandLine;
using System.Diagnostics;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Options;

namespace GaleraGate.Daemon.Tests.Gatekeeping;

/// <summary>What is at a hold file's path on the real file system, and whether it holds the gate.</summary>
public sealed class HoldLookTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galeragate-hold").FullName;

    private string Hold => Path.Combine(_folder, "hold");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_that_is_known_to_be_absent_does_not_hold()
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "");

        Assert.Equal(default, HoldLook.At(Hold));
        Assert.Equal(default, HoldLook.At(Path.Combine(_folder, "no-such-folder", "hold")));
        Assert.Equal(default, HoldLook.At(Path.Combine(_folder, "file", "hold")));
    }

    [Fact]
    public void Our_own_file_holds_and_so_do_a_dangling_link_and_a_folder()
    {
        File.WriteAllText(Hold, "");
        File.CreateSymbolicLink(Path.Combine(_folder, "link"), "/no/such");

        Assert.Equal(new HoldLook($"{Hold} is there", null), HoldLook.At(Hold));
        Assert.NotNull(HoldLook.At(Path.Combine(_folder, "link")).Why);
        Assert.NotNull(HoldLook.At(_folder).Why);
    }

    /// <summary>Root gets this error too; File.Exists turned it into "no".</summary>
    [Fact]
    public void An_error_counts_as_a_hold_and_is_named()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "loop"), "loop");
        var path = Path.Combine(_folder, "loop", "hold");

        Assert.Equal(
            $"{path} cannot be checked (Too many levels of symbolic links), which counts as a hold",
            HoldLook.At(path).Why);
        Assert.NotNull(HoldLook.At(Path.Combine(_folder, new string('x', 300))).Why);
    }

    [Fact]
    public void A_file_of_another_user_does_not_hold_and_is_reported()
    {
        File.WriteAllText(Hold, "");
        using (var chown = Process.Start("chown", ["65534", Hold]))
        {
            chown.WaitForExit();
        }

        Assert.Equal(new HoldLook(null, $"{Hold} belongs to user 65534"), HoldLook.At(Hold));
    }

    [Theory]
    [InlineData(null, "/etc/galeragate/hold /var/tmp/clustercheck.disabled")]
    [InlineData("/var/tmp/clustercheck.disabled", "/var/tmp/clustercheck.disabled")]
    [InlineData("/srv/hold", "/srv/hold")]
    [InlineData("", "")]
    public void The_old_name_counts_until_a_hold_file_is_configured(string? given, string expected)
    {
        var command = new Command("run");
        var settings = Settings.For(command, OptionTable.Gate);
        var values = settings.With(command.Parse(given is null ? [] : ["--hold-file", given]));

        Assert.Equal(expected, string.Join(' ', GatePath.HoldFiles(values)));
    }
}
