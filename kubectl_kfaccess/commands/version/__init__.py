"""`version`: this program, its Python, and the server."""
