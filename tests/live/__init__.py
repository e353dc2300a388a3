"""The main job on real input: the real kubectl, a real API server, a real Kubeflow release."""
