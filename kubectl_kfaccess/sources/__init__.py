"""Where a snapshot comes from: kubeconfig, the live cluster, manifests, saved files, the demo."""
