"""What RBAC means: pure functions over frozen values, in upstream's own words."""
