using System.Reflection;

namespace GaleraGate.Daemon.Text;

internal static class About
{
    /// <summary>The program's version, without the build's suffix.</summary>
    public static string Version { get; } = VersionOf(typeof(About));

    /// <summary>The packages in the program, with the versions of their assemblies.</summary>
    public static IEnumerable<(string Name, string Version)> Packages =>
    [
        ("CliWrap", VersionOf(typeof(CliWrap.Cli))),
        ("Marten", VersionOf(typeof(Marten.DocumentStore))),
        ("MySqlConnector", VersionOf(typeof(MySqlConnector.MySqlConnection))),
        ("Npgsql", VersionOf(typeof(Npgsql.NpgsqlConnection))),
        ("Stateless", VersionOf(typeof(Stateless.StateMachine<,>))),
        ("System.CommandLine", VersionOf(typeof(System.CommandLine.Command))),
    ];

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
