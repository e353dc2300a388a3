"""The server's own word: unknown answers filled in, computed answers compared."""
