"""What decides about access besides the API server's RBAC: Kubeflow's own services, and the mesh."""
