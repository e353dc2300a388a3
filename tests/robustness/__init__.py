"""Bad input, hostile names, and servers that fail: the program never breaks, hangs, or answers wrongly."""
