// Two clusters and what needs none side by side: all three mostly wait.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
