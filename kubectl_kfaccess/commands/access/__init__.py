"""`access`: what a subject can do with Kubeflow's resources, namespace by namespace."""
