"""Tests of the ways into tenants, and of what the mesh lets in."""
