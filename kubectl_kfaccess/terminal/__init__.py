"""Text for the terminal: safe to print, counted words, progress."""
