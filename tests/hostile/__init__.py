"""Files and names that are meant to break the program, through the real executable."""
