"""`diff`: what access changes between two states of a cluster, or if objects are applied."""
