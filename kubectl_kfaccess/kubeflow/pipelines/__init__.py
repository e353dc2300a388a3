"""Kubeflow Pipelines: how it is installed, who runs steps, what steps need, and which roles it ships."""
