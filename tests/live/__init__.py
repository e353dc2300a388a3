"""Tests on real input: the real kubectl, a real API server and a real Kubeflow release."""
