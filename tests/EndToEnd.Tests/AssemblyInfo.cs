// Three clusters and what needs none side by side: all four mostly wait.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
