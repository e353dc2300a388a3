"""Where a snapshot comes from: the live cluster of a kubeconfig, files, or the demo cluster."""
