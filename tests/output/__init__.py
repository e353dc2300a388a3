"""Tests of `kubectl_kfaccess.output`."""
