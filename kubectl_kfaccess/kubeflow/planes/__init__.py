"""Who decides besides the API server's RBAC: Kubeflow's own services, and the mesh."""
