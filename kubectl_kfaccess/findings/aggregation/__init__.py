"""Where the aggregation of ClusterRoles does not do what it should."""
