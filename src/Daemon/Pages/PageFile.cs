using System.Reflection;

namespace GaleraGate.Daemon.Pages;

/// <summary>The parts that both pages share. web/ has the sources of the script; eng/pages.sh bundles them.</summary>
internal static class PageFile
{
    /// <summary>The legend for the colours of the lanes.</summary>
    public const string Legend =
        "<p class=\"legend\"><span><i class=\"good\"></i>synced, open, redirected</span>"
        + "<span><i class=\"caution\"></i>in progress, or only one family</span>"
        + "<span><i class=\"bad\"></i>unfit state, closed</span>"
        + "<span><i class=\"plain\"></i>none, not known</span></p>";

    public static string Css { get; } = Read("pages.css");

    public static string Script { get; } = Read("pages.js");

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
