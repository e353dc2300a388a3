"""Where the aggregation of ClusterRoles does not work as intended."""
