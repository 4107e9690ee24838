using GaleraGate.Lab;

// A small command-line program over the library, for a person at a terminal.
const string Usage = """
    lab up [--nodes N] [--method METHOD]   bring a cluster up and leave it up; prints how to reach it
    lab demo [--keep]                      play an incident on a cluster with a galeragate on each node and nginx in
                                           front, then take it away
    lab drill                              two balancers with a floating address, shut down and started one after the
                                           other, and a client all the time
    lab peer-suite [TEST...] [-- OPTION...]
                                           MariaDB's own Galera tests with a galeragate on each server, which is
                                           given the options
    lab soak [--minutes N] [--seed N] [--samples FILE]
                                           a cluster of three with a galeragate on each node, an archive, clients
                                           through nginx and random faults; exit 0 when memory, descriptors and
                                           threads stay flat, journal and archive are whole, and no client got in on
                                           an unfit node
    lab rolling-upgrade ROOT ROOT...       a cluster of three, upgraded node by node from the release in each root to
                                           the next one, under clients: eng/rolling-upgrade.sh
    lab pictures FOLDER                    the pictures of the documents: a cluster of three, an incident, and what
                                           the programs and the pages show of it
    lab down                               take every lab away
    """;

switch (args)
{
    case ["up", ..]:
        var cluster = Cluster.Start(Number("--nodes") ?? 3, Option("--method") ?? "rsync");
        cluster.Keep();
        foreach (var node in cluster.Nodes)
        {
            Console.WriteLine(
                $"{node.Name}: ip netns exec {node.Space.Name} bash; address {node.Address}; socket {node.Socket}; "
                + $"credentials {node.Credentials}");
        }

        Console.WriteLine($"client: ip netns exec {cluster.Client.Name} bash");
        return 0;
    case ["demo" or "drill" or "soak" or "rolling-upgrade", ..] or ["pictures", _]:
        // An interrupt at any point removes the lab.
        using (Ending(System.Runtime.InteropServices.PosixSignal.SIGINT))
        using (Ending(System.Runtime.InteropServices.PosixSignal.SIGTERM))
        using (Ending(System.Runtime.InteropServices.PosixSignal.SIGHUP))
        {
            return args switch
            {
                ["pictures", var folder] => Pictures.Run(folder),
                ["demo", ..] => Demo.Run(args.Contains("--keep")),
                ["rolling-upgrade", ..] => RollingUpgrade.Run(args[1..]),
                ["soak", ..] => Soak.Run(
                    TimeSpan.FromMinutes(Number("--minutes") ?? 60), Number("--seed") ?? Environment.TickCount,
                    Option("--samples")),
                _ => Drill.Run(),
            };
        }

    case ["peer-suite", ..]:
        using (Ending(System.Runtime.InteropServices.PosixSignal.SIGINT))
        using (Ending(System.Runtime.InteropServices.PosixSignal.SIGTERM))
        {
            var split = Array.IndexOf(args, "--");
            return PeerSuite.Run(split < 0 ? args[1..] : args[1..split], split < 0 ? [] : args[(split + 1)..]);
        }

    case ["down"]:
        LabHost.SweepAll();
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

string? Option(string name) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

int? Number(string name)
{
    if (Option(name) is not { } given)
    {
        return null;
    }

    if (!int.TryParse(given, System.Globalization.CultureInfo.InvariantCulture, out var number))
    {
        Console.Error.WriteLine($"{name} takes a whole number, not {given}");
        Environment.Exit(2);
    }

    return number;
}

static System.Runtime.InteropServices.PosixSignalRegistration Ending(
    System.Runtime.InteropServices.PosixSignal signal
) =>
    System.Runtime.InteropServices.PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        // Commands that still run fail because their namespaces are gone. That is expected and not worth reporting.
        AppDomain.CurrentDomain.UnhandledException += (_, _) => Thread.Sleep(Timeout.Infinite);
        LabHost.TakeAwayOwn();
        Environment.Exit(130);
    });
