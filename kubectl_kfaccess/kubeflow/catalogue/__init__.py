"""What is known of Kubeflow's resources: names, verbs, areas, levels, and the calls of its services."""
