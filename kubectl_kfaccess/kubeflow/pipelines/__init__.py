"""Kubeflow Pipelines: how it is installed, who runs steps, what steps need, what was shipped."""
