"""`snapshot`: what a cluster says, kept in a file."""
