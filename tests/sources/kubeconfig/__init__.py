"""Tests of `sources/kubeconfig`."""
