"""`resources`: which resources are known as Kubeflow's."""
