"""Snapshots of clusters in files: their form, and the source that answers from one."""
