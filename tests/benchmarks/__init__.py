"""The budgets, measured on a real server. These are no tests: a shared machine's clock proves nothing."""
