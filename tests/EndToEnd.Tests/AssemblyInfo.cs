// The cluster and what needs no cluster side by side: both mostly wait. Two cores carry one cluster at a time, and its tests are one collection.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
