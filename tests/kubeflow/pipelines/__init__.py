"""Tests of `kubeflow/pipelines`."""
