"""Kubeflow's aggregated ClusterRoles, and the components that ship the roles they select."""
