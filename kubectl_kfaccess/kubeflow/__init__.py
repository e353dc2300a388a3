"""What Kubeflow adds to Kubernetes' access control, as values: no I/O here."""
