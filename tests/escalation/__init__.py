"""Tests of `kubectl_kfaccess.escalation`."""
