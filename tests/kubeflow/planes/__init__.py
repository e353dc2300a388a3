"""Tests of `kubeflow/planes`."""
