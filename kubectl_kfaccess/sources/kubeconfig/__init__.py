"""Which cluster, and how to reach it: kubeconfig files, credentials, a pod's own account."""
