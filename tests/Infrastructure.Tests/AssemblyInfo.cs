// The firewall tests change PATH, and the host has a single xtables lock.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
