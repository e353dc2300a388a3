"""Tests of `kubeflow/tenants`."""
