"""What we know about Kubeflow's resources: names, verbs, areas, levels, and the calls of its services."""
