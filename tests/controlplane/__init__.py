"""A real Kubernetes control plane for tests, benchmarks and experiments."""
