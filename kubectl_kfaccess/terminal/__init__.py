"""What a terminal shows: text that is safe to print, and progress."""
