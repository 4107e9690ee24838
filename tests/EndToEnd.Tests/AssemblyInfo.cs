// Two cores carry one cluster at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
