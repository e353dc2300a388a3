"""The budgets, measured on a real server; not tests: a shared machine's clock decides nothing."""
