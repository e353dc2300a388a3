"""Tests of `kubectl_kfaccess.commands`, through the command line."""
