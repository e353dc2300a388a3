"""Who can do what on a Kubeflow cluster, and through what."""

__version__ = "0.2.0"
