"""Kubeflow's aggregated ClusterRoles, and the components whose roles they select."""
