"""The page that `report` writes, read back as a browser reads it, and the sheet."""
