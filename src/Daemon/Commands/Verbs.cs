using System.CommandLine;
using GaleraGate.Daemon.Audit;
using GaleraGate.Daemon.Control;
using GaleraGate.Daemon.Doctor;
using GaleraGate.Daemon.Drill;
using GaleraGate.Daemon.Firewall;
using GaleraGate.Daemon.Fleet;
using GaleraGate.Daemon.Gatekeeping;
using GaleraGate.Daemon.Mysqlchk;
using GaleraGate.Daemon.Options;
using GaleraGate.Daemon.Text;

namespace GaleraGate.Daemon.Commands;

/// <summary>The whole command line: every verb, in the order of the help.</summary>
internal static class Verbs
{
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Keeps a port redirected to the local Galera node exactly while the node is fit for traffic.")
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            StatusCommand.Create(),
            FleetCommand.Create(),
            DescribeCommand.Create(),
            HoldCommand.Create(),
            ReleaseCommand.Create(),
            WaitCommand.Create(),
            ReloadCommand.Create(),
            ConfigCommand.Create(),
            AuditCommand.Create(),
            ArchiveCommand.Create(),
            FirewallCommand.Create(),
            DoctorCommand.Create(),
            CompletionCommand.Create(),
            DrillCommand.Create(),
            MysqlchkCommand.Create(),
            DocumentCommand.Create(),
        };
        root.Options.Remove(root.Options.OfType<VersionOption>().Single());
        var version = new Option<bool>("--version")
        {
            Description = "Show the version, and of each package whether it is the real one",
        };
        root.Options.Add(version);
        Examples.AddTo(root);
        root.SetAction(parsed =>
        {
            if (!parsed.GetValue(version))
            {
                var commands = root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);
                throw new FormatException(
                    $"a command is missing: {string.Join(", ", commands)}; see galeragate --help");
            }

            Console.WriteLine($"galeragate {About.Version}");
            foreach (var (package, itsVersion) in About.Packages)
            {
                Console.WriteLine($"  {package} {itsVersion}");
            }
        });
        return root;
    }
}
