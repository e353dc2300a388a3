"""Tests of `kubeflow/catalogue`."""
