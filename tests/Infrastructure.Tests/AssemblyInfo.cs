// The firewall tests change PATH and the xtables lock is the host's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
