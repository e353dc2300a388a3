"""What is wrong on a cluster, as values: one file per finding."""
