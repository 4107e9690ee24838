using GaleraGate.Lab;

namespace GaleraGate.EndToEnd.Tests;

/// <summary>A cluster of three shared by the tests of a collection; each test leaves it as it found it.</summary>
public sealed class ThreeNodes : IDisposable
{
    public Cluster Cluster { get; } = Cluster.Start(3);

    public Space Client => Cluster.Client;

    public ClusterNode Node(int number) => Cluster.Nodes[number - 1];

    /// <summary>Each test begins with clean tables and empty journals.</summary>
    public void BeginAnew(bool afterFaults = false)
    {
        Cluster.Nodes.ToList().ForEach(node => GateDaemon.EndThoseIn(node.Space));
        if (afterFaults)
        {
            Cluster.AwaitWhole();
        }

        // A test that failed half-way may have left these, and would make the next ones fail too.
        foreach (var node in Cluster.Nodes.Where(node => node.Status("wsrep_ready") is not null))
        {
            node.ReadOnly(false);
            node.Desync(false);
            node.RejectQueries("NONE");
        }

        foreach (var node in Cluster.Nodes)
        {
            _ = node.Space.Run(GateDaemon.Binary, ["firewall", "purge"]);
            if (Directory.Exists(Path.Combine(node.Folder, "journal")))
            {
                Directory.Delete(Path.Combine(node.Folder, "journal"), recursive: true);
            }
        }
    }

    public void Dispose() => Cluster.Dispose();
}

[CollectionDefinition(nameof(ThreeNodes))]
public sealed class ThreeNodesCollection : ICollectionFixture<ThreeNodes>;

/// <summary>A second cluster of three, so that the tests that need one run in three parallel groups.</summary>
public sealed class ThreeOtherNodes;

/// <summary>A third cluster of three.</summary>
public sealed class ThreeMoreNodes;

[CollectionDefinition(nameof(ThreeMoreNodes))]
public sealed class ThreeMoreNodesCollection : ICollectionFixture<ThreeNodes>;

[CollectionDefinition(nameof(ThreeOtherNodes))]
public sealed class ThreeOtherNodesCollection : ICollectionFixture<ThreeNodes>;
