"""Why something failed, in the words that end a message."""

from __future__ import annotations


def cause(error: Exception) -> str:
    """Return the error's own text, its first letter small: what is left of it after a colon."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
