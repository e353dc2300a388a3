"""A real Kubernetes control plane for tests, benchmarks and trying things by hand."""
