"""`options`: the options that all commands share."""
