"""`aggregation`: where the rules of aggregated roles come from."""
