"""Answers of several clusters as one: a table with a column CLUSTER, or a part for each cluster."""
