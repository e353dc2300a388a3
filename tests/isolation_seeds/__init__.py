"""Holes in the isolation of tenants, each planted in a real server, and what `audit` must say of them."""
