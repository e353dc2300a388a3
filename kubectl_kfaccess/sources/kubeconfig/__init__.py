"""Which cluster to use, and how to reach it: kubeconfig files, credentials, a pod's own account."""
