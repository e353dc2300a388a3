"""The page that `report` writes, in a real Chromium: `make browser` runs these tests."""
