"""Where a profile's objects contradict each other, the dashboard, or the names that people log in with."""
