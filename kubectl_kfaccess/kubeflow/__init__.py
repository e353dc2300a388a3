"""What Kubeflow adds to Kubernetes' access control, as pure functions and values. Nothing here does I/O."""
