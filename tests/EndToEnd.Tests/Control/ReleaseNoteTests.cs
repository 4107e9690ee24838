using GaleraGate.Domain.Events;
using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests.Control;

/// <summary>What the server's unit releases is released, even if no daemon was running to take the request.</summary>
public sealed class ReleaseNoteTests : IDisposable
{
    private readonly DryDaemon _dry = new();

    public void Dispose() => _dry.Dispose();

    private string Note => Path.ChangeExtension(_dry.Gate.Control, "released");

    [Fact]
    public void A_service_release_without_a_daemon_takes_effect_at_the_next_start()
    {
        _dry.AwaitOpen();
        Assert.Equal(0, _dry.Gate.Ask("hold", "--service", "--reason", "the unit stops").ExitCode);
        _dry.Gate.Kill();

        var (exitCode, _, error) = _dry.Gate.Ask("release", "--service");
        Assert.Equal((3, true), (exitCode, error.Contains($"the release is left in {Note}", StringComparison.Ordinal)));
        _dry.Restart();

        _dry.AwaitOpen();
        Assert.Contains("noted while no daemon answered", Lifted("by"), StringComparison.Ordinal);
        Shell.Await(() => !File.Exists(Note), TimeSpan.FromSeconds(10), "the note to go");
    }

    [Fact]
    public void A_release_during_a_freeze_takes_effect_when_the_daemon_resumes()
    {
        _dry.AwaitOpen();
        Assert.Equal(0, _dry.Gate.Ask("hold", "--service", "--reason", "the unit stops").ExitCode);
        _dry.Gate.Signal("-STOP");
        Assert.Equal(3, _dry.Gate.Ask("release", "--service").ExitCode);
        _dry.Gate.Signal("-CONT");

        _dry.AwaitOpen();
    }

    [Fact]
    public void A_release_note_lifts_no_other_hold_and_no_later_one()
    {
        _dry.AwaitOpen();
        Assert.Equal(0, _dry.Gate.Ask("hold", "--reason", "an operator's").ExitCode);
        Assert.Equal(0, _dry.Gate.Ask("hold", "--service", "--reason", "the unit stops").ExitCode);
        _dry.Gate.Kill();
        Assert.Equal(3, _dry.Gate.Ask("release", "--service").ExitCode);
        Assert.Equal(3, _dry.Gate.Ask("hold", "--service", "--reason", "it stops again").ExitCode);
        Assert.False(File.Exists(Note));
        Assert.Equal(3, _dry.Gate.Ask("release", "--service").ExitCode);
        _dry.Restart();

        _dry.Gate.AwaitEvent(nameof(HoldLifted));
        Assert.Equal("Service", Lifted("hold"));
        _dry.AwaitOpen(false);
    }

    [Fact]
    public void A_release_note_of_another_user_releases_nothing()
    {
        _dry.AwaitOpen();
        Assert.Equal(0, _dry.Gate.Ask("hold", "--service", "--reason", "the unit stops").ExitCode);
        File.WriteAllText(Note, "");
        Shell.Run("chown", ["65534", Note]);
        Shell.Await(Looks, TimeSpan.FromSeconds(20), "some looks");

        Assert.Empty(_dry.Gate.Events(nameof(HoldLifted)));
        Assert.True(File.Exists(Note));

        bool Looks() => _dry.Gate.Status().GetProperty("probe").GetProperty("probes").GetInt64() > 20;
    }

    private string? Lifted(string field) =>
        Assert.Single(_dry.Gate.Events(nameof(HoldLifted))).GetProperty("data").GetProperty(field).GetString();
}
