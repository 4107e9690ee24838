using GaleraGate.Domain;
using GaleraGate.Domain.Events;
using GaleraGate.Infrastructure.Journal;
using GaleraGate.Lab;

namespace GaleraGate.Infrastructure.Tests.Journal;

/// <summary>Who can read a journal on the real file system, whatever the umask of the daemon's parent.</summary>
public sealed class JournalFileModeTests : IDisposable
{
    private const long Small = 64 << 10;

    private readonly string _root = Directory.CreateTempSubdirectory("galeragate-modes").FullName;

    private string Folder => Path.Combine(_root, "journal");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Journal_files_are_readable_only_by_their_user_and_group()
    {
        Write();

        Assert.Contains(Directory.GetFiles(Folder), path => path.EndsWith(".gz", StringComparison.Ordinal));
        Assert.Contains(Directory.GetFiles(Folder), path => path.EndsWith(".index", StringComparison.Ordinal));
        Assert.Contains(Directory.GetFiles(Folder), path => path.EndsWith(".carry", StringComparison.Ordinal));
        MustBePrivate();
    }

    [Fact]
    public void A_world_readable_journal_is_corrected_at_start()
    {
        Write();
        Shell.Run("chmod", ["-R", "a+rX", Folder]);
        Shell.Run("chmod", ["600", Segment.Of(Folder)[0]]);

        using var file = JournalFile.Open(Folder, Small);

        Assert.Null(file.Exposed);
        MustBePrivate();
        Assert.Equal("600", Shell.Run("stat", ["-c", "%a", Segment.Of(Folder)[0]]).Trim());
    }

    /// <summary>As with --journal /tmp: what other programs use must stay usable.</summary>
    [Fact]
    public void A_directory_with_other_files_keeps_its_mode()
    {
        Directory.CreateDirectory(Folder);
        Shell.Run("chmod", ["1777", Folder]);
        File.WriteAllText(Path.Combine(Folder, "another"), "file");
        Shell.Run("chmod", ["644", Path.Combine(Folder, "another")]);

        JournalFile.Open(Folder, Small).Dispose();

        Assert.Equal("1777", Shell.Run("stat", ["-c", "%a", Folder]).Trim());
        Assert.Equal("644", Shell.Run("stat", ["-c", "%a", Path.Combine(Folder, "another")]).Trim());
        Assert.Equal("640", Shell.Run("stat", ["-c", "%a", Segment.LockPath(Folder)]).Trim());
    }

    private void MustBePrivate()
    {
        var modes = Shell.Run("find", [Folder, "-printf", "%m %p\n"])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(modes, mode => mode.Split(' ')[0][^1] != '0'
            || "2367".Contains(mode.Split(' ')[0][^2], StringComparison.Ordinal));
    }

    private void Write()
    {
        using (var file = JournalFile.Open(Folder, Small))
        {
            for (var seq = 1; seq <= 2000; seq++)
            {
                var at = new Instant(DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(seq), "b");
                file.Append([new Envelope(seq, at, "n1", new GateOpened("synced"), null, null, null)]);
            }
        }

        JournalKeeper.Compress(Folder, CancellationToken.None);
    }
}
