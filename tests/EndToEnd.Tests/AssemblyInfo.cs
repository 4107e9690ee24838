// Three clusters, and the tests that need none, run side by side: all four mostly wait.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
