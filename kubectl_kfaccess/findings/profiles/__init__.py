"""Where a profile's objects disagree: with each other, with the dashboard, or with how people log in."""
