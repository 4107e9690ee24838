namespace GaleraGate.Lab;

/// <summary>
/// A disk of its own that hangs on demand, as when a controller stops responding. A process that writes to it waits in
/// the kernel and cannot be killed.
/// </summary>
public sealed class HangingDisk : IDisposable
{
    private readonly string _image;

    public HangingDisk(string folder)
    {
        (Folder, _image) = (Path.Combine(folder, "disk"), Path.Combine(folder, "disk.img"));
        _ = Directory.CreateDirectory(Folder);
        Shell.Run("truncate", ["-s", "32M", _image]);
        Shell.Run("mkfs.ext4", ["-q", _image]);
        Shell.Run("mount", ["-o", "loop", _image, Folder]);
    }

    public string Folder { get; }

    public void Hang(bool hangs) => Shell.Run("fsfreeze", [hangs ? "-f" : "-u", Folder]);

    public void Dispose() => Shell.Run("umount", ["-l", Folder]);
}
