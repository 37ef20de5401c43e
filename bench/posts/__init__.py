"""The public three-query workload (tailcallhq/graphql-benchmarks): 100 posts and their 10 authors."""
