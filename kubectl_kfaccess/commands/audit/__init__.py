"""`audit`: whether anything crosses from one tenant into another."""
