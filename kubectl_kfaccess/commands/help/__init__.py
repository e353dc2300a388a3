"""`help`: the page about a command."""
