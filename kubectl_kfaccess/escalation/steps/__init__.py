"""A file for each type of step, listed in `registry.py`."""
