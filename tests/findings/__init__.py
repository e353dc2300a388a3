"""Tests of `kubectl_kfaccess.findings`."""
